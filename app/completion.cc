#include <cstdio>

#include "command_line.h"
#include "medgraft/base/error.h"

namespace medgraft::app {
namespace {

constexpr const char* kBash = R"(_medgraft() {
  local word=${COMP_WORDS[COMP_CWORD]} list=
  if [ "$COMP_CWORD" -eq 1 ]; then
    list="data model pretrain finetune predict evaluate study report completion"
  elif [ "$COMP_CWORD" -eq 2 ]; then
    case ${COMP_WORDS[1]} in
      data) list="recipes recipe import inspect split show" ;;
      model) list="list info convert" ;;
      study) list="plan run status reindex" ;;
      completion) list="bash zsh fish" ;;
    esac
  fi
  case $word in
    -*) list="--set --out --device --threads --json --quiet --force --help" ;;
  esac
  COMPREPLY=($(compgen -W "$list" -- "$word"))
}
complete -o default -F _medgraft medgraft
)";

constexpr const char* kZsh = R"(autoload -U +X bashcompinit && bashcompinit
)";

constexpr const char* kFish =
    R"(complete -c medgraft -n __fish_use_subcommand -f -a "data model pretrain finetune predict evaluate study report completion"
complete -c medgraft -n "__fish_seen_subcommand_from data" -a "recipes recipe import inspect split show"
complete -c medgraft -n "__fish_seen_subcommand_from model" -a "list info convert"
complete -c medgraft -n "__fish_seen_subcommand_from study" -a "plan run status reindex"
complete -c medgraft -l set -r -d "key=value"
complete -c medgraft -l out -r -d "where the result goes"
complete -c medgraft -l device -x -a "auto cpu cuda"
complete -c medgraft -l threads -x -d "CPU threads"
complete -c medgraft -l json -d "one JSON document on stdout"
complete -c medgraft -l quiet -d "no progress"
complete -c medgraft -l force -d "write into a folder that is not empty"
)";

}  // namespace

int run_completion(Arguments arguments) {
  CommandLine line("completion",
                   "prints completions; bash: source <(medgraft completion bash)");
  std::string shell;
  line.app()
      .add_option("shell", shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  if (!line.parse(arguments)) return 0;
  if (shell == "fish") {
    std::fputs(kFish, stdout);
  } else {
    if (shell == "zsh") std::fputs(kZsh, stdout);
    std::fputs(kBash, stdout);
  }
  return 0;
}

}  // namespace medgraft::app
