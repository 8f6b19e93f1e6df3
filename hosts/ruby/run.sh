needs=(ruby)
demo() { exec ruby demo.rb "$@"; }
mistakes() { exec ruby mistakes.rb "$@"; }
