# Read by hosts/compiled.sh.
packages="sbcl:sbcl"
files="/usr/share/common-lisp/source/cl-cffi/cffi.asd:cl-cffi"
version() { echo "$(sbcl --version), CFFI $(dpkg-query -f '${Version}' -W cl-cffi)"; }
make_demo() { demo=(sbcl --script "$PWD/demo.lisp"); }
