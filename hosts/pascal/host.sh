# Read by hosts/compiled.sh.
packages="fpc:fp-compiler"
version() { echo "Free Pascal $(fpc -iV)"; }
# In the mode of Delphi, so that it keeps to what both have.
make_demo() { fpc -v0 -Mdelphi -Fl"$folder" -FU"$out" -FE"$out" demo.pas && demo=("$out/demo"); }
