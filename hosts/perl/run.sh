needs=(perl)
threads=no
ready() { perl -MFFI::Platypus -e 1; }
obtain() { apt_install libffi-platypus-perl; }
demo() { exec perl demo.pl "$@"; }
mistakes() { exec perl mistakes.pl "$@"; }
