#compdef runtui
_runtui() {
    local line
    local -a lines fields open open_shown closed closed_shown
    lines=("${(@f)$(RUNTUI completion zsh "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    case $lines[1] in
        files) _files; return ;;
        directories) _files -/; return ;;
    esac
    for line in "${(@)lines[2,-1]}"; do
        fields=("${(@ps:\t:)line}")
        if [[ $fields[1] == open ]]; then
            open+=("$fields[2]")
            open_shown+=("$fields[2]")
        else
            closed+=("$fields[2]")
            closed_shown+=("$fields[2]${fields[3]:+  $fields[3]}")
        fi
    done
    compadd -V runtui-words -S '' -d open_shown -a open
    compadd -V runtui -l -d closed_shown -a closed
}
if [[ $funcstack[1] == _runtui ]]; then
    _runtui "$@"
else
    compdef _runtui runtui
fi
