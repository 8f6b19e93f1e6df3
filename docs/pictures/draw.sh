#!/bin/bash
# docs/pictures/draw.sh   draws every picture of this folder again: NAME.svg from NAME.puml
#
# Needs PlantUML with Graphviz and a font as wide as Arial: apt-get install plantuml graphviz fonts-liberation
set -eu
cd "$(dirname "$0")"

for source in *.puml; do
    picture=${source%.puml}.svg
    plantuml -tsvg -nometadata "$source"
    # A background of its own, fonts that are found everywhere, and what it was drawn from, for the tests.
    drawn_from=$(cat style.iuml "$source" | sha256sum)
    sed -i \
        -e 's|font-family="Liberation Sans"|font-family="Arial, Helvetica, Liberation Sans, sans-serif"|g' \
        -e 's|font-family="Liberation Mono"|font-family="Courier New, Liberation Mono, monospace"|g' \
        -e 's|<defs/><g>|<defs/><rect width="100%" height="100%" fill="white"/><g>|' \
        -e "s|<svg |<!-- drawn from ${drawn_from%% *} --><svg |" "$picture"
    grep -q 'fill="white"/><g>' "$picture"
    echo "$picture"
done
