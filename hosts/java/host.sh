# Read by hosts/compiled.sh.
packages="javac:openjdk-17-jdk-headless"
files="/usr/share/java/jna.jar:libjna-java"
version() { echo "Java $(javac -version 2>&1 | cut -d ' ' -f 2), JNA $(dpkg-query -f '${Version}' -W libjna-java)"; }
make_demo() {
    javac -cp /usr/share/java/jna.jar -d "$out" ./*.java &&
        demo=(java -cp "/usr/share/java/jna.jar:$out" Demo)
}
