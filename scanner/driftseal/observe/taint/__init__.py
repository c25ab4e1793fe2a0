"""Where data goes: from tool parameters, the environment, files and answers, through calls, to dangerous operations."""
