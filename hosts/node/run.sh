needs=(node:nodejs npm)
ready() { node -e 'require("koffi")'; }
obtain() { npm install --no-audit --no-fund --no-package-lock; }
demo() { exec node demo.js "$@"; }
mistakes() { exec node mistakes.js "$@"; }
says=('wrong port, in another thread: SocketConnect("other"): 127.0.0.1 port 1 refused' 'no answer, in another thread: SocketRead("till"): no whole'
    'blank behind a name, in another thread: SocketWrite("till ")')
