function __runtui_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines (RUNTUI completion fish $words "$current" 2>/dev/null)
    set -l kind $lines[1]
    set -e lines[1]
    switch "$kind"
        case files
            __fish_complete_path "$current"
        case directories
            __fish_complete_directories "$current" ''
        case '*'
            printf '%s\n' $lines
    end
end
complete -c runtui -f -k -a '(__runtui_complete)'
