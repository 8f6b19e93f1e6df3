needs=(sbcl)
linked=yes
ready() { [ -e /usr/share/common-lisp/source/cl-cffi/cffi.asd ]; }
obtain() { apt_install cl-cffi; }
demo() { LD_LIBRARY_PATH=$library_folder exec sbcl --script demo.lisp "$@"; }
mistakes() { demo mistakes "$@"; }
