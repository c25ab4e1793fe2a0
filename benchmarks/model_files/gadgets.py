"""Pickles that call one function each which no model needs: the names that lists of dangerous ones keep missing."""

from __future__ import annotations

from collections.abc import Iterator

from model_files.base import Case, hostile
from model_files.opcodes import CODE, COMMAND, call, pickled, stack_name

_ADDRESS = "http://198.51.100.7/x"
_FILE = "/tmp/x"
_BY_ARGUMENT = {
    COMMAND: """
        os.system os.popen nt.system posix.popen subprocess.run subprocess.call subprocess.check_output
        subprocess.getoutput commands.getoutput popen2.popen2 pty.spawn os.execv os.spawnl os.posix_spawn platform.popen
        asyncio.create_subprocess_shell asyncio.unix_events._UnixSubprocessTransport
        multiprocessing.util.spawnv_passfds uuid._get_command_stdout _osx_support._read_output _aix_support._read_cmd_output
        imaplib.IMAP4_stream _pyrepl.pager.pipe_pager test.support.script_helper.assert_python_ok ctypes.util._get_soname
        distutils.spawn.spawn setuptools._distutils.spawn.spawn numpy.distutils.exec_command.exec_command
        torch.utils.collect_env.run torch.utils.collect_env.run_and_read_all torch._inductor.codecache.compile_file
        webbrowser.open pydoc.pipepager pydoc.tempfilepager tarfile.os.system ensurepip._run_pip pip.main
        pip._internal.main venv.EnvBuilder.create crypt.os.system mlflow.projects.backend.local._run_entry_point
        transformers.utils.hub.subprocess.run conda.cli.main IPython.utils.process.system sh.Command invoke.run
        pexpect.run paramiko.client.SSHClient torch.distributed.elastic.multiprocessing.api.start_processes
        torch.utils.cpp_extension.load_inline torch.utils.file_baton.FileBaton jupyter_client.manager.KernelManager
        nltk.internals.java git.cmd.Git.execute ansible.module_utils.basic.run_command luigi.contrib.ssh.RemoteContext
        """,
    CODE: """
        builtins.eval builtins.exec builtins.compile __builtin__.execfile code.InteractiveInterpreter.runcode
        code.InteractiveConsole.push codeop.compile_command timeit.timeit timeit.main trace.Trace.run trace.Trace.runctx
        profile.run profile.Profile.runctx cProfile.run cProfile.runctx bdb.Bdb.run pdb.run doctest.debug_script
        idlelib.run.Executive.runcode idlelib.pyshell.ModifiedInterpreter.runcode idlelib.calltip.get_entity
        idlelib.autocomplete.AutoComplete.get_entity idlelib.debugobj.ObjectTreeItem.SetText
        lib2to3.pgen2.grammar.Grammar.loads torch.utils.bottleneck.__main__.run_cprofile
        torch._dynamo.guards.GuardBuilder.get torch.jit.unsupported_tensor_ops.execWrapper
        numpy.f2py.crackfortran.getlincoef numpy.f2py.crackfortran.myeval numpy.f2py.diagnose.run
        numpy.testing._private.utils.runstring numpy.testing.rundocs pandas.eval pandas.core.computation.eval.eval
        sympy.sympify numexpr.evaluate dill._dill._eval_repr torch.fx.graph_module._forward_from_src
        torch.jit._script.CompilationUnit torch.onnx.utils._run_symbolic_function logging.config.listen
        unittest.mock._importer unittest.case.TestCase tkinter.Tcl sched.scheduler string.Formatter.get_field
        cgitb.lookup inspect.getsource ast.literal_eval.__globals__ typing.ForwardRef._evaluate
        dataclasses._create_fn collections.namedtuple.__globals__ enum.Enum._convert_ sklearn.utils._testing.check_skip
        xgboost.testing.data.get_data jax.core.eval_jaxpr theano.compile.io.SymbolicOutput hydra.utils.instantiate
        hydra._internal.instantiate._instantiate2.instantiate omegaconf.OmegaConf.create
        fire.core.Fire pyparsing.ParserElement rlcompleter.Completer.complete xdrlib.Unpacker
        """,
    _ADDRESS: """
        urllib.request.urlopen urllib.request.urlretrieve urllib.urlretrieve urllib2.urlopen http.client.HTTPSConnection
        httplib.HTTPConnection requests.get requests.api.post httpx.get aiohttp.ClientSession urllib3.PoolManager
        socket.create_connection socket.socket ssl.get_server_certificate ftplib.FTP smtplib.SMTP telnetlib.Telnet
        poplib.POP3 nntplib.NNTP xmlrpc.client.ServerProxy torch.hub.load torch.hub.load_state_dict_from_url
        torch.hub.download_url_to_file torch.utils.model_zoo.load_url pandas.read_csv pandas.io.parsers.readers.read_csv
        pandas.read_pickle pandas.read_json numpy.DataSource numpy.lib._datasource.open keras.utils.get_file
        huggingface_hub.hf_hub_download transformers.pipeline datasets.load_dataset boto3.client
        logging.handlers.HTTPHandler logging.handlers.SocketHandler wsgiref.simple_server.make_server
        socketserver.TCPServer sklearn.datasets.fetch_openml fsspec.open gdown.download wget.download
        pycurl.Curl tensorflow.keras.utils.get_file nltk.download spacy.cli.download
        """,
    _FILE: """
        builtins.open io.open io.FileIO _io.open codecs.open pathlib.Path.write_text pathlib.Path.read_bytes
        pathlib.Path.unlink os.remove os.rename os.chmod os.putenv shutil.rmtree shutil.copyfile shutil.make_archive
        tempfile.NamedTemporaryFile fileinput.FileInput linecache.getlines glob.glob zipfile.ZipFile
        zipfile.ZipFile.extractall tarfile.open tarfile.TarFile.extractall gzip.open bz2.BZ2File lzma.open
        sqlite3.connect shelve.open dbm.open numpy.load numpy.fromfile numpy.save numpy.savetxt numpy.memmap
        numpy.loadtxt numpy.genfromtxt numpy.ctypeslib.load_library torch.load torch.save torch.jit.load
        torch.ops.load_library torch.classes.load_library torch.serialization.load torch.package.PackageImporter
        torch.distributed.checkpoint.format_utils.torch_save_to_dcp torch._C._jit_set_profiling_mode
        joblib.load joblib.dump joblib.memory.Memory dill.load_session dill.load_module cloudpickle.load
        pickle.load pickle.Unpickler marshal.load ctypes.CDLL ctypes.cdll.LoadLibrary _ctypes.dlopen
        cffi.FFI.dlopen imp.load_source imp.load_dynamic importlib.util.spec_from_file_location
        importlib.machinery.SourceFileLoader zipimport.zipimporter runpy.run_path site.addsitedir
        logging.FileHandler logging.config.fileConfig configparser.ConfigParser distutils.file_util.write_file
        lib2to3.refactor.RefactoringTool mailbox.mbox netrc.netrc wave.open py_compile.compile
        compileall.compile_dir zipapp.create_archive scipy.io.loadmat scipy.io.netcdf_file
        pandas.HDFStore pandas.DataFrame.to_csv pandas.ExcelFile sklearn.datasets.load_files
        tensorflow.saved_model.load tensorflow.io.read_file tensorflow.load_op_library keras.models.load_model
        onnxruntime.InferenceSession h5py.File PIL.Image.open cv2.imread yaml.unsafe_load yaml.load
        ruamel.yaml.YAML skops.io.load lightgbm.basic.Booster.save_model xgboost.core.Booster.load_model
        matplotlib.pyplot.savefig catboost.CatBoost.load_model mlflow.pyfunc.load_model
        """,
    "x": """
        sys.exit sys.setrecursionlimit sys.settrace sys.modules.get os._exit os.abort os.kill os.fork os.getenv
        signal.raise_signal faulthandler._sigsegv gc.get_objects inspect.stack builtins.globals builtins.vars
        builtins.setattr builtins.delattr builtins.input builtins.breakpoint builtins.help builtins.exit
        threading.Thread _thread.start_new_thread concurrent.futures.ThreadPoolExecutor multiprocessing.Process
        multiprocessing.managers.BaseManager multiprocessing.connection.Client atexit.register weakref.finalize
        importlib.import_module importlib.reload importlib.__import__ pkgutil.get_loader pkgutil.walk_packages
        pydoc.locate pydoc.safeimport operator.methodcaller operator.attrgetter operator.itemgetter.__class__
        functools.partialmethod functools.singledispatch types.FunctionType types.MethodType types.CodeType
        copyreg.pickle contextlib.ExitStack contextlib.contextmanager email.message_from_file cmd.Cmd.cmdloop
        getpass.getpass getpass.getuser pwd.getpwall readline.read_history_file resource.setrlimit mmap.mmap
        fcntl.fcntl termios.tcsetattr winreg.OpenKey msilib.OpenDatabase antigravity.geohash this.s
        test.test_support.run_unittest unittest.main nose.main pytest.main aifc.open
        """,
}


def cases() -> Iterator[Case]:
    for argument, words in _BY_ARGUMENT.items():
        for path in words.split():
            module, _, attribute = path.rpartition(".")
            yield hostile("function called", f"{path}.pkl", pickled(call(module, attribute, argument)))
    for path in ("builtins.eval", "os.system", "runpy.run_path", "pydoc.locate", "webbrowser.open"):
        module, _, attribute = path.rpartition(".")
        # Python 3 looks up dotted names on a module, so that the split may fall anywhere.
        joined = stack_name(module.partition(".")[0], path.partition(".")[2])
        yield hostile("function split elsewhere", f"{path}.pkl", pickled(joined + b"X\x02\0\0\0id\x85R", 4))
