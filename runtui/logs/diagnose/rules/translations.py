"""Messages of shells and the C library in other languages than English."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import COMPLAINT, Rule, rule
from runtui.store.failure import FailureKind

RULES: tuple[Rule, ...] = (
    rule(
        FailureKind.MISSING,
        COMPLAINT,
        # Of shells and the C library in other languages
        "nicht gefunden|keine berechtigung|introuvable|aucun fichier ou dossier de ce type"
        "|orden no encontrada|no existe el fichero o el directorio|no existe el archivo o el directorio"
        "|comando non trovato|file o directory non esistente|未找到命令|没有那个文件或目录"
        "|コマンドが見つかりません|そのようなファイルやディレクトリはありません",
    ),
)
