needs=(sbcl)
missing=(wdsocket) # the system looks for it
ready() { [ -e /usr/share/common-lisp/source/cl-cffi/cffi.asd ]; }
obtain() { apt_install cl-cffi; }
demo() { LD_LIBRARY_PATH=${WDSOCKET_LIBRARY%/*} exec sbcl --script demo.lisp "$@"; }
mistakes() { demo mistakes "$@"; }
