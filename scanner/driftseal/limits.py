"""Every bound on what comes from outside, in one place."""

from __future__ import annotations

from driftseal.records import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds. Passed down whole, so that no module invents a number."""

    connect_seconds: float = 60.0
    """From starting a server to its handshake; package runners may install first."""
    request_seconds: float = 15.0
    """From one request to its answer."""
    install_seconds: float = 300.0
    """To install one package before it is started."""
    lock_seconds: float = 30.0
    """To wait for another run that writes what we want to write."""
    server_seconds: float = 120.0
    """For everything that is asked of one server in one session."""
    probe_seconds: float = 5.0
    """How long ``server/discover`` may stay unanswered before the handshake is tried beside it."""
    repeat_seconds: float = 2.0
    """Before a list is asked for again, to see whether it changes with time; not with ``--probe quick``."""
    shutdown_seconds: float = 1.0
    """Between closing a server's input, SIGTERM and SIGKILL."""

    message_bytes: int = 8 * MIB
    server_bytes: int = 32 * MIB
    """All that one server may send in one session."""
    stderr_bytes: int = 256 * KIB
    """What is kept of a server's error output; the rest is read and dropped."""
    noise_lines: int = 100
    """Lines on a server's output that are no messages, before it counts as no MCP server."""
    pages: int = 100
    """Pages of one list."""
    items: int = 5000
    """Items of one list."""
    messages: int = 20_000
    """Messages of one session, notifications too."""
    resource_bytes: int = 1 * MIB
    """One resource body, with ``--read-resources``."""
    resources: int = 200
    """Resource bodies read from one server."""

    login_seconds: float = 300.0
    """For a person to log in to one server in a browser."""
    url_bytes: int = 8 * KIB
    """One URL."""
    header_bytes: int = 16 * KIB
    """One header of an HTTP answer."""
    headers: int = 128
    """Headers of an HTTP answer."""
    metadata_bytes: int = 256 * KIB
    """One OAuth metadata document or answer."""
    scopes: int = 200
    """OAuth scopes that one server asks for."""
    shortest_secret: int = 8
    """Characters from which on a value that we sent is blotted out of answers; a shorter one is too common."""

    concurrent_starts: int = 60
    concurrent_requests: int = 100

    file_bytes: int = 32 * MIB
    """One file that is parsed: a configuration, a manifest, a snapshot, a bundle."""
    slow_text_bytes: int = 2 * MIB
    """One YAML or TOML file, whose readers take a second for each megabyte."""
    json_depth: int = 64
    pointer_chars: int = 128 * MIB
    """JSON pointers to all values of one document together: a long name counts again for each value below it."""
    files: int = 200_000
    """Folder entries looked at below one project."""
    folder_depth: int = 40
    document_bytes: int = 1 * MIB
    """One text for models (agent file, skill, prompt file) or script of a skill that is read as text."""
    skill_files: int = 2000
    """Files of one skill."""
    download_seconds: float = 120.0
    """For one document or archive of a package registry, redirects and repetitions with it."""
    download_tries: int = 3
    """How often a registry that does not answer is asked."""
    retry_seconds: float = 0.5
    """Before it is asked again; twice as long each time."""
    redirects: int = 5
    """From a registry's address to the bytes."""
    package_bytes: int = 128 * MIB
    """One package's archive, packed."""
    remote_files: int = 5000
    """Files of one remote model that are asked for."""
    remote_piece_bytes: int = 64 * KIB
    """The smallest part of a remote file that is asked for; parts that are read one after the other grow."""
    remote_request_bytes: int = 8 * MIB
    """The largest part of a remote file that one request asks for."""
    remote_cache_bytes: int = 32 * MIB
    """Parts of one remote file that are kept at once."""
    remote_file_bytes: int = 64 * MIB
    """What is fetched in parts of one remote file."""
    remote_bytes: int = 1024 * MIB
    """What is fetched of one remote model."""
    remote_seconds: float = 900.0
    """For all files of one remote model."""
    remote_whole_bytes: int = 1024 * 1024 * MIB
    """What is fetched of one remote model with ``--download``."""
    remote_whole_seconds: float = 6 * 3600.0
    """For all files of one remote model with ``--download``."""
    cached_digests: int = 100_000
    """Digests of files that discovery keeps for its next run."""
    bom_parts: int = 100_000
    """Components and services of a bill of materials that is compared with another one."""
    archive_members: int = 20_000
    archive_bytes: int = 256 * MIB
    """Unpacked size of all members of one archive that are read."""
    archive_depth: int = 5
    """Files within files within one model file."""
    unpacked_bytes: int = 1024 * MIB
    """What decompression may give for one model file, all files within it together."""
    unpack_memory: int = 160 * MIB
    """What a decompressor may keep of what it gave before; the largest presets of xz take 65 MB."""
    unpack_ratio: int = 200
    """Bytes for each packed one from which on a large file is told as one that only swells; further ones count eight
    times, so that a small file cannot cost what a large one may."""
    tensor_header_bytes: int = 16 * MIB
    """The header of a tensor file; ten thousand tensors take one megabyte or two."""
    stated_entries: int = 50_000
    """Tensors, metadata and the like that one file states and that are kept."""
    file_steps: int = 20_000_000
    """Opcodes, fields and entries that are read of one model file."""
    model_text_bytes: int = 256 * KIB
    """A configuration, card or chat template of a model whose content a snapshot keeps."""
    model_property_bytes: int = 256 * KIB
    """One statement of a model file about itself, its list of tensors say; of a larger one the digest is kept."""
    file_facts: int = 200
    """Facts of one kind that are told of one model file."""
    pickle_calls: int = 5000
    """Calls of names that are not known to be harmless, of one file, whose arguments are looked at."""
    pickle_values: int = 4_000_000
    """Values that one pickle holds on its stack and in its memo at once."""
    database_bytes: int = 256 * MIB
    """A database that is in use, of which a copy is read."""
    database_steps: int = 20_000_000
    """Steps of SQLite's machine that reading one table takes."""

    code_file_bytes: int = 16 * MIB
    """One source file that is lowered."""
    code_bytes: int = 256 * MIB
    """All source files of one project that are read."""
    code_files: int = 20_000
    """Source files of one project."""
    code_seconds: float = 4.0
    """Of computing, to parse and lower the source of one project."""
    program_seconds: float = 8.0
    """Of computing, for all that is asked of the source of one project; what comes late gets what is left."""
    code_nodes: int = 4_000_000
    """Nodes of one file's syntax tree."""
    code_depth: int = 250
    """Nesting of one file's syntax tree; deeper, only names and literals are kept."""
    taint_steps: int = 1_200_000
    """Expressions of one project that data is followed through; one read twice counts twice."""
    taint_seconds: float = 5.0
    """For following the data of one project; most take a tenth of a second, bundles of megabytes all of it."""
    taint_flows: int = 2000
    """Flows of one project that are told."""
    behaviour_seconds: float = 6.0
    """Of computing, for looking at what the code of one project does to people: some 5 MB of source in half of it."""
    behaviour_steps: int = 30_000_000
    """Expressions of one project that are looked at for what code does to people; one looked at twice counts twice."""
    behaviour_nodes: int = 700_000
    """Expressions of one project that are kept sorted for that: some 13 MB of Python, half as much in a bundle."""
    source_lookups: int = 1_000_000_000
    """Characters of one project that are searched for what a running server says, each as often as it is searched."""
    discovery_seconds: float = 60.0
    """Of computing, to lower the source files of one project that may name parts of AI."""
    discovery_file_bytes: int = 2 * MIB
    """One source file that is read for the parts of AI that it names; larger ones are generated."""
    sightings: int = 50_000
    """Places of one project that name parts of AI."""
    machine_seconds: float = 30.0
    """For each kind of thing that is looked for on a machine: extensions of one family, programs, models."""
    machine_file_bytes: int = 8 * MIB
    """One manifest of an extension or a program."""
    machine_entries: int = 20_000
    """Entries of one folder of a machine."""
    machine_gaps: int = 200
    """Things of one machine that could not be looked at and are told one by one."""
    behaviour_facts: int = 500
    """Such facts of one project that are told."""
    semgrep_seconds: float = 600.0
    """For semgrep to look at one tree."""
    semgrep_rule_seconds: float = 10.0
    """For one rule of semgrep in one file."""
    semgrep_bytes: int = 32 * MIB
    """What semgrep may write about one tree."""

    view_depth: int = 4
    """Decodings nested in one another."""
    view_bytes: int = 256 * KIB
    """One text that detectors look at; a longer one is cut in overlapping windows."""
    view_overlap: int = 4 * KIB
    """Characters that two windows of one long text share, so that nothing is cut in two."""
    views: int = 4000
    """Texts derived from one item."""
    derived_chars: int = 2 * MIB
    """Characters of all texts decoded from one item."""
    passages: int = 20_000
    """Sentences of one item that are judged."""
    passage_chars: int = 300
    """One sentence that is judged as one; a longer one is cut."""
    judged: int = 3
    """Places of one item that are told as suspicious by judgement, the worst first."""
    matches: int = 50
    """Matches of one rule in one item; one more is counted, not listed."""
    evidence_chars: int = 400
    """Offending text shown by a report."""
    name_chars: int = 120
    """A name, path or reference shown by a report."""
    listed_places: int = 10
    """Places of one rule in one target that a text report tells in full."""
    listed_notes: int = 3
    """Lesser reasons of one change that a text report tells."""
    tree_branches: int = 200
    """Parts below one heading, and links of one part, that a tree of a bill of materials tells."""
    tree_lines: int = 4000
    """Entries of such a tree; what is left out is counted."""
    page_nodes: int = 5000
    """Parts that the graph of a page draws; its table lists more."""
    page_parts: int = 20_000
    """Parts that a page lists."""
    page_places: int = 100
    """Places, links and remarks of one part that a page tells."""
    sarif_results: int = 25_000
    """Results of one run that GitHub code scanning takes."""
    sarif_steps: int = 10_000
    """Locations of one thread flow that GitHub code scanning takes."""
    sarif_locations: int = 1000
    """Locations of one result that GitHub code scanning takes."""
    sarif_tags: int = 20
    """Tags of one rule that GitHub code scanning takes."""

    diff_seconds: float = 2.0
    diff_passes: int = 2000
    """Comparison steps inside one item."""
    diff_nodes: int = 20_000
    """Values inside one item that are compared one by one; a larger item is told by its top-level fields."""
    diff_paths: int = 200
    """Places of one item that a change tells one by one; the rest is summed up by field."""
    diff_word_pairs: int = 1_000_000
    """Words of one text times words of the other; longer texts are told as a whole."""
    sentences: int = 2000
    """Sentences of one item that drift rules read."""
    rename_pairs: int = 4000
    """Pairs of removed and added items compared when looking for renames."""
    bundles: int = 64
    """Signatures of one baseline."""
    baseline_bytes: int = 96 * MIB
    """All files of one baseline together."""
    baselines: int = 20_000
    """Baselines in one folder, those left over by a killed writer too."""
    baseline_versions: int = 1_000_000_000
    """The largest number that a baseline counts up to."""


DEFAULT_LIMITS = Limits()
