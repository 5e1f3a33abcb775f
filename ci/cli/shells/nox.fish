# Behind nox's own `--`: the options of the session; before it the sessions of the config. fish adds them to what nox's own
# completion says, if that is loaded.
function __nox_circleci_typed
    set -l typed (commandline -opc)[1]
    if command -q -- $typed
        $typed
    else
        PROGRAM_THAT_PRINTED_THIS
    end
end

function __nox_circleci_program
    set -l typed (commandline -opc)[1]
    set -l beside (dirname -- $typed)/nox-circleci
    if string match -q '*/*' -- $typed; and test -x $beside
        $beside
    else if command -q nox-circleci
        nox-circleci
    else
        PROGRAM_THAT_PRINTED_THIS
    end
end

function __nox_circleci_nox
    set -lx _ARGCOMPLETE 1
    set -lx _ARGCOMPLETE_DFS \t
    set -lx _ARGCOMPLETE_IFS \n
    set -lx _ARGCOMPLETE_SUPPRESS_SPACE 1
    set -lx _ARGCOMPLETE_SHELL fish
    set -lx _NOX_CIRCLECI_NOX 1
    set -lx COMP_LINE (commandline -p)
    set -lx COMP_POINT (string length -- (commandline -cp))
    set -lx COMP_TYPE
    __nox_circleci_program 8>&1 9>&2 1>/dev/null 2>&1
end
complete -c nox -f -a '(__nox_circleci_nox)'
