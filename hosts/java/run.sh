needs=(javac:openjdk-17-jdk-headless)
missing=(wdsocket) # the system looks for it
ready() { [ -e /usr/share/java/jna.jar ]; }
obtain() { apt_install libjna-java; }
prepare() { javac -cp /usr/share/java/jna.jar -d "$built" ./*.java; }
demo() { LD_LIBRARY_PATH=${WDSOCKET_LIBRARY%/*} exec java -cp "/usr/share/java/jna.jar:$built" Demo "$@"; }
mistakes() { demo mistakes "$@"; }
