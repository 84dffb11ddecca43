_runtui() {
    local line
    local -a found=()
    # Lines are kept as they are: compgen -W would run what stands in them.
    while IFS= read -r line; do
        found+=("$line")
    done < <(RUNTUI completion bash "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
    COMPREPLY=("${found[@]:1}")
    case ${found[0]-} in
        nospace) compopt -o nospace ;;
        files) compopt -o default ;;
        directories) compopt -o dirnames ;;
    esac
    compopt -o nosort 2>/dev/null
    return 0
}
complete -F _runtui runtui
