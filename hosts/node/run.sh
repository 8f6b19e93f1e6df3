needs=(node:nodejs npm)
ready() { node -e 'require("koffi")'; }
obtain() { npm install --no-audit --no-fund --no-package-lock; }
demo() { exec node demo.js "$@"; }
mistakes() { exec node mistakes.js "$@"; }
