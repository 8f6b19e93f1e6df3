needs=(luajit)
threads=no
demo() { exec luajit demo.lua "$@"; }
mistakes() { exec luajit mistakes.lua "$@"; }
