"""Messages of bash and the C library in other languages than English, from their catalogues of messages.

Literals are in lower case as far as they are ASCII: the rest of a log keeps its case.
"""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import CAUSE, COMPLAINT, ENDED, SIGNAL, Rule, rule
from runtui.store.failure import FailureKind

# As bash begins the line: "job.sh: Zeile 3:  4711 ", "job.sh : ligne 3 : 4711 ", "job.sh: 第 3 行： 4711 "
_BY_BASH = r"^\S+? ?[:,：] ?\D{0,12}\d+\D{1,6}\d+ +"

_KILLED = "getötet|processus arrêté|tué|terminado (killed)|ucciso|morto|Убито|已杀死|強制結束|強制終了"
_TERMINATED = "beendet|complété|terminé|terminado|terminato|Завершено|已终止|終止"
_ABORTED = "abgebrochen|abandon|abortado|annullato|Аварийный останов|已放弃|中止"


def _by_bash(words: str, *, alone: str = "") -> str:
    """Return the expression for words that bash says of a process, and those that also stand alone."""
    escaped = words.replace("(", r"\(").replace(")", r"\)")
    return rf"{_BY_BASH}(?:{escaped})(?:\s|$)" + (rf"|^(?:{alone})$" if alone else "")


RULES: tuple[Rule, ...] = (
    rule(
        FailureKind.MISSING,
        CAUSE,
        # No such command
        "kommando nicht gefunden|befehl nicht gefunden|commande introuvable|orden no encontrada"
        "|comando non trovato|comando não encontrado|команда не найдена|未找到命令|指令找不到"
        "|コマンドが見つかりません"
        # A library that cannot be loaded
        "|fehler beim laden der shared libraries|erreur lors du chargement des librairies partagées"
        "|error al cargar las bibliotecas compartidas|errore durante il caricamento delle librerie condivise"
        "|erro ao carregar bibliotecas|ошибка при загрузке разделяемых библиотек|载入共享库时出错"
        "|共有ライブラリのロード中にエラーが発生しました",
    ),
    rule(
        FailureKind.MISSING,
        COMPLAINT,
        # No such file
        "datei oder verzeichnis nicht gefunden|aucun fichier ou dossier de ce type"
        "|no existe el fichero o el directorio|no existe el archivo o el directorio"
        "|file o directory non esistente|ficheiro ou pasta inexistente|arquivo ou diretório inexistente"
        "|Нет такого файла или каталога|没有那个文件或目录|沒有此一檔案或目錄"
        "|そのようなファイルやディレクトリはありません"
        # No permission
        "|keine berechtigung|permission non accordée|permiso denegado|permesso negato|permissão recusada"
        "|permissão negada|Отказано в доступе|权限不够|許可がありません",
    ),
    rule(
        FailureKind.DISK,
        CAUSE,
        # No space
        "auf dem gerät ist kein speicherplatz mehr verfügbar|aucun espace disponible sur le périphérique"
        "|no queda espacio en el dispositivo|spazio esaurito sul device|sem espaço livre no dispositivo"
        "|não há espaço disponível no dispositivo|На устройстве не осталось свободного места|设备上没有空间"
        "|裝置上已無多餘空間|デバイスに空き領域がありません"
        # Over the quota
        "|plattenplatz (quota) ist überschritten|débordement du quota d'espace disque"
        "|se ha excedido la cuota de disco|quota disco superata|quota do disco excedida"
        "|cota da disco excedida"
        "|Превышена дисковая квота|超出磁盘限额|磁碟配額已滿"
        "|ディスク使用量制限を超過しました",
    ),
    rule(
        FailureKind.OOM,
        CAUSE,
        "nicht genügend hauptspeicher verfügbar|ne peut allouer de la mémoire|no se pudo asignar memoria"
        "|impossibile allocare memoria|impossível alocar memória|não foi possível alocar memória"
        "|Невозможно выделить память|无法分配内存|無法配置記憶體|メモリを確保できません"
        "|der speicher ist ausgeschöpft|mémoire insuffisante|memoria agotada|memoria esaurita"
        "|memória esgotada"
        "|память исчерпана|内存耗尽|メモリを使い果たしました",
    ),
    rule(
        FailureKind.NODE,
        CAUSE,
        # A stale handle of a file, an error of input or output
        "veraltete dateizugriffsnummer|panne d'accès au fichier|`handle' de fichero en desuso"
        "|gestão de ficheiro obsoleto|manipulador de arquivo corrompido|Устаревший дескриптор файла"
        "|过旧的文件控柄|: eingabe-/ausgabefehler|: erreur d'entrée/sortie|: error de entrada/salida"
        "|: errore di input/output|: erro de entrada/saída|: Ошибка ввода/вывода|: 输入/输出错误"
        "|: 入力/出力エラーです",
    ),
    rule(
        FailureKind.TIMEOUT,
        CAUSE,
        "rechenzeitbegrenzung überschritten|temps uct limite expiré|rebasado el límite de tiempo de cpu"
        "|superato il limite di tempo cpu|tempo de cpu excedido|Превышен лимит процессорного времени"
        "|超出 cpu 时限|cpu時間制限を超過しました",
    ),
    # Ends of processes
    rule(
        FailureKind.SEGFAULT,
        SIGNAL,
        "speicherzugriffsfehler|adressierungsfehler|erreur de segmentation|violación de segmento"
        "|errore di segmentazione|falta de segmentação|falha de segmentação|Ошибка сегментирования"
        "|Ошибка сегментации|段错误|程式記憶體區段錯誤|セグメンテーションフォルト|bus-zugriffsfehler"
        "|erreur du bus|error del bus|errore di bus|erro no barramento|Ошибка шины|总线错误|バスエラー",
    ),
    rule(
        FailureKind.NUMERICS,
        SIGNAL,
        "gleitkomma-ausnahme|gleitkommafehler|exception en point flottant|exception en virgule flottante"
        "|excepción de coma flotante|eccezione in virgola mobile|exceção de ponto flutuante"
        "|Исключение в операции с плавающей точкой|浮点数例外|浮点异常|浮動小数点例外",
    ),
    rule(
        FailureKind.KILLED,
        SIGNAL,
        _KILLED,
        _by_bash(_KILLED, alone="getötet|processus arrêté|tué|ucciso|Убито|已杀死|強制終了"),
    ),
    rule(FailureKind.CRASH, SIGNAL, _ABORTED, _by_bash(_ABORTED)),
    rule(FailureKind.KILLED, ENDED, _TERMINATED, _by_bash(_TERMINATED)),
)
