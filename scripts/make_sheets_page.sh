#!/usr/bin/env bash
# Writes docs/sheets.md and, where Graphviz is installed, docs/mazur.svg from what the command says:
#   scripts/make_sheets_page.sh COMMAND [FOLDER]        FOLDER in place of docs
# The certificate is made with the plainest kernels, so that the page is the same wherever those of
# OpenBLAS are; see tests/cli/test_sheets_page.sh for what may differ on other processors.
set -eu
command=$(realpath "${1:?usage: scripts/make_sheets_page.sh COMMAND [FOLDER]}")
root=$(realpath "$(dirname "$0")/..")
target=$(realpath "${2:-$root/docs}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
ln -s "$root/tests" "$scratch/tests"
cd "$scratch"
unset OPENBLAS_L2_SIZE
export BACKGEMM_KERNELS=baseline OPENBLAS_CORETYPE=Nehalem LC_ALL=C
gallery=tests/data/gallery
mazur=$gallery/mazur-2015-2-2-2.json
drawing=(trace $mazur --format dot --digits 5)

# What a reader would type, then what the command answers.
show() {
    printf '```console\n$ backgemm %s\n' "$*"
    "$command" "$@"
    printf '```\n'
}
# Markdown that the command writes, its headings two levels further down.
include() {
    printf '```console\n$ backgemm %s\n```\n\n' "$*"
    "$command" "$@" | sed 's/^#/###/'
}
folded() {
    printf '<details><summary>%s</summary>\n\n' "$1"
    "${@:2}"
    printf '\n</details>\n'
}

page() {
    cat <<'END'
# Sheets and certificates

What `backgemm trace`, `verify`, `grade` and `check` print. `scripts/make_sheets_page.sh` writes
this page from the command's own output, and a test compares the two, so what stands here is what
you get.

- [The article's sheet](#the-articles-sheet): 2-3-1, the XOR sample {0, 0}, one step
- [Mazur's example](#mazurs-example): 2-2-2, sigmoid, with a drawing
- [A sheet filled in by hand](#a-sheet-filled-in-by-hand): graded, with a slip and without
- [A gradient certificate](#a-gradient-certificate): a network trained on iris
- [On paper](#on-paper): LaTeX

## The article's sheet

This project began with an article that works one step of back-propagation by hand. The first
column of numbers is what it prints, the second what its own formulas give, the third gradient
descent. They differ, and the notes below the sheet say why.

END
    show trace
    cat <<'END'

The same step is a worked example in [the project's format](worked-example.md). Each printed number
is compared with what the engine computes. Six of them are errata, shown with the right value.

END
    show verify $gallery/article-xor-2-3-1.json --verbose
    cat <<'END'

All units are linear, so the step can also be had in fractions:

END
    folded "The whole calculation, in fractions" \
        show trace $gallery/article-xor-2-3-1.json --exact
    cat <<'END'

## Mazur's example

A network of two inputs, two hidden units and two outputs. Where the source names a number the sheet
uses that name. The biases stay as they are: the source does not update them.

![Network of 2-2-2 units; units carry their values, links their weights](mazur.svg)

END
    printf '```console\n$ backgemm %s | dot -Tsvg -o mazur.svg\n```\n\n' "${drawing[*]}"
    include trace $mazur --format md --digits 9
    cat <<'END'

## A sheet filled in by hand

`--format csv` is a sheet of one number a line, to fill in or to compare with. `grade` follows it
from line to line, so that one slip counts once, however many numbers it spoils.

END
    printf '```console\n$ backgemm trace %s --format csv --digits 4 > sheet.csv\n' $mazur
    "$command" trace $mazur --format csv --digits 4 >sheet.csv
    printf '$ head -4 sheet.csv\n'
    head -4 sheet.csv
    printf '$ backgemm grade sheet.csv --against %s\n' $mazur
    "$command" grade sheet.csv --against $mazur
    cat <<'END'
```

Now the sheet of somebody who left out the bias of the second hidden unit and went on with that
(made here from the example without this bias):

END
    bias='\["0.35", "0.35"\]/["0.35", "0"]'
    printf '```console\n$ sed '"'s/%s/'"' %s |\n' "$bias" $mazur
    printf "    backgemm trace - --format csv --digits 4 | grep -v '^b\\[' > by_hand.csv\n"
    sed "s/$bias/" $mazur | "$command" trace - --format csv --digits 4 | grep -v '^b\[' >by_hand.csv
    printf '$ backgemm grade by_hand.csv --against %s\n' $mazur
    "$command" grade by_hand.csv --against $mazur || [ $? = 5 ]
    printf '```\n'
    cat <<'END'

## A gradient certificate

`check` compares every partial derivative that the engine computes with two references that share no
code with it.

```console
$ backgemm train tests/data/iris.csv -o iris.model
```

END
    "$command" train tests/data/iris.csv -q -o iris.model >/dev/null
    show check iris.model tests/data/iris.csv
    cat <<'END'

Another processor or another build of OpenBLAS rounds otherwise, in training and in the gradient:
there `sha256`, the last digits of `value`, the kernels, the last five columns of the table,
`worst` and `sharpness` are different. This page was made with `BACKGEMM_KERNELS=baseline` and
`OPENBLAS_CORETYPE=Nehalem`, which any x86-64 processor has.

## On paper

```console
$ backgemm trace tests/data/gallery/mazur-2015-2-2-2.json --format latex --digits 9 > mazur.tex
$ pdflatex mazur.tex
```

Formulas, numbers put in and results, aligned, in four pages.
END
}

page >"$scratch/sheets.md"
if command -v dot >/dev/null; then
    "$command" "${drawing[@]}" | dot -Tsvg >"$scratch/mazur.svg"
    mv "$scratch/mazur.svg" "$target/"
fi
mv "$scratch/sheets.md" "$target/"
