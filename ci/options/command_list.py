"""The commands and their descriptions: help, parsers, nox sessions and suggestions take them from here."""

from __future__ import annotations

COMMANDS = {
    "list": "List the config's workflows and jobs, by the names of their nox sessions.",
    "validate": "Report every error in a config, with file, line and column.",
    "process": "Print the compiled config, as CircleCI would run it.",
    "graph": "Print each workflow's jobs in order, with what they require.",
    "plan": "Show what CircleCI would run for a push, a tag, a schedule ..., what decides, and how to run the rest.",
    "run": "Run a workflow, a job with those it requires, or all that a push starts: run [WORKFLOW] [options].",
    "runs": "List the kept runs, newest first: how each ended, when, of what commit, and what failed.",
    "log": "Show the failed step of the last run, or of RUN; of JOB its whole log: log [RUN] [JOB].",
    "report": "Open the page of a run in the browser, or print its path: report [RUN].",
    "rerun": "Run what failed in the last run, or in RUN, and what requires it: rerun [RUN] [JOB...] [--all].",
    "paused": "List the jobs that wait for a decision, with the commands by which they go on.",
    "resume": "Have a paused job or a detached run go on: resume [RUN] [-j JOB] [--retry|--edits|--from N|--skip|...].",
    "shell": "Open a shell in a paused or kept job, or with --prepare in any: shell [JOB] [--step N] [--prepare].",
    "execute": "Run one job alone, with the flags of `circleci local execute`: execute [JOB].",
    "init": "Write a noxfile.py that registers a session for each workflow and job.",
    "trust": "Consent to what the project asks of you: variables, folders, contexts, this machine.",
    "clean": "Remove caches, old runs and what killed runs left behind, and report the space that this freed.",
    "doctor": "Check everything that a run needs, and name the command that fixes what is missing.",
    "images": "Build the images that the settings name; --pull pulls the others.",
    "orbs": "Download, pack, list or copy the orbs that configs use: orbs fetch|add|export|import|list|pack.",
    "orb": "The same as orbs, as `circleci` calls it: orb pack FOLDER.",
    "config": "Run process, validate or pack as `circleci config` does: config process|validate|pack.",
    "extension": "List this program in `circleci --help` of a 1.x CLI, or no longer: extension install|remove.",
    "pack": "Print a folder of YAML files as one config, as `circleci config pack` does.",
    "completion": "Print what a shell reads to complete these commands: completion bash|zsh|fish.",
    "serve": "Compile for the official CLI, offline: circleci --host URL config process|validate.",
}
"""A command is the module of that name in ``ci/cli``."""
SESSIONS = (
    "validate", "process", "graph", "plan", "runs", "log", "report", "rerun", "paused", "resume", "shell", "doctor",
    "images", "clean",
)  # fmt: skip
"""Commands that are nox sessions too."""
