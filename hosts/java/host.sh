needs=(javac:openjdk-17-jdk-headless)
linked=yes
ready() { [ -e /usr/share/java/jna.jar ]; }
obtain() { apt_install libjna-java; }
prepare() { javac -cp /usr/share/java/jna.jar -d "$built" ./*.java; }
demo() { LD_LIBRARY_PATH=$library_folder exec java -cp "/usr/share/java/jna.jar:$built" Demo "$@"; }
mistakes() { demo mistakes "$@"; }
