# Checks for the system tests in shell; sourced by them. Needs $work, a folder of their own.
checks=0
failures=0

report() { # what, what was seen
  failures=$((failures + 1))
  echo "FAIL: $1: $2"
}

# expect CODE WHAT COMMAND...: exit code; stdout and stderr stay in $work/o and $work/e
expect() {
  local code=$1 what=$2
  shift 2
  checks=$((checks + 1))
  "$@" >"$work/o" 2>"$work/e" </dev/null
  local found=$?
  [ $found -eq "$code" ] || report "$what" "exit $found, expected $code: $(head -c 300 "$work/e")"
}

# one_line WHAT TEXT...: stderr is one line that holds each text
one_line() {
  local what=$1
  shift
  checks=$((checks + 1))
  [ "$(wc -l <"$work/e")" -eq 1 ] || report "$what" "$(wc -l <"$work/e") lines on stderr"
  for text in "$@"; do
    grep -qF -- "$text" "$work/e" || report "$what" "no \"$text\" in: $(head -c 300 "$work/e")"
  done
}
