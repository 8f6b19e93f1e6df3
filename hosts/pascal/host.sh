needs=(fpc:fp-compiler)
linked=yes
# In the mode of Delphi, so that it keeps to what both have.
prepare() { fpc -v0 -Mdelphi -Fl"$library_folder" -FU"$built" -FE"$built" demo.pas; }
demo() { LD_LIBRARY_PATH=$library_folder exec "$built/demo" "$@"; }
mistakes() { demo mistakes "$@"; }
