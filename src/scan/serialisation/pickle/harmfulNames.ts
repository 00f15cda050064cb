/** Modules that run code, start programs, reach the network, change files or load other pickles, and all that is below them. */
export const HARMFUL_MODULES: readonly string[] = [
  ...'os posix nt ntpath posixpath subprocess _posixsubprocess commands popen2 pty sys _frozen_importlib _frozen_importlib_external'.split(
    ' ',
  ),
  ...'importlib imp _imp zipimport runpy pkgutil builtins __builtin__ __builtins__ code codeop _pyrepl compileall py_compile'.split(
    ' ',
  ),
  ...'pdb bdb trace doctest timeit profile cProfile pstats inspect ast dis marshal shelve dbm anydbm whichdb'.split(
    ' ',
  ),
  ...'pickle _pickle cPickle pickletools copy_reg copyreg dill cloudpickle joblib.externals klepto pathos multiprocess'.split(
    ' ',
  ),
  ...'shutil tempfile fileinput glob linecache filecmp mmap io _io codecs _pyio socket _socket socketserver SocketServer ssl _ssl'.split(
    ' ',
  ),
  ...'http httplib httplib2 urllib urllib2 urllib3 requests aiohttp httpx websocket websockets ftplib smtplib smtpd poplib imaplib nntplib telnetlib'.split(
    ' ',
  ),
  ...'xmlrpc xmlrpclib wsgiref webbrowser antigravity asyncio asyncore asynchat threading _thread thread multiprocessing _multiprocessing concurrent sched signal select selectors'.split(
    ' ',
  ),
  ...'ctypes _ctypes cffi gc weakref _weakref operator _operator functools _functools itertools types atexit faulthandler'.split(
    ' ',
  ),
  ...'site sitecustomize usercustomize sysconfig distutils setuptools pkg_resources pip ensurepip venv virtualenv zipapp zipfile tarfile'.split(
    ' ',
  ),
  ...'idlelib lib2to3 test tkinter Tkinter turtle pydoc pydoc_data unittest pytest _pytest nose logging.config logging.handlers logging.FileHandler cgitb cgi CGIHTTPServer SimpleHTTPServer BaseHTTPServer'.split(
    ' ',
  ),
  ...'cmd readline rlcompleter getpass pwd grp crypt spwd fcntl termios tty resource syslog winreg _winreg _winapi msvcrt msilib winsound'.split(
    ' ',
  ),
  ...'bz2 lzma gzip _aix_support _osx_support pipes nturl2path netrc mailcap mailbox uu xdrlib tracemalloc symtable tokenize'.split(
    ' ',
  ),
  ...'numpy.f2py numpy.testing numpy.distutils numpy.ctypeslib numpy.lib.npyio numpy.lib._npyio_impl numpy.core.memmap.memmap numpy.compat numpy.__builtins__ numpy.load'.split(
    ' ',
  ),
  ...'torch._dynamo torch._inductor torch.hub torch.utils.cpp_extension torch.utils._config_module torch.utils.bottleneck torch.utils.collect_env torch.utils.data.datapipes torch.fx'.split(
    ' ',
  ),
  ...'torch.jit.unsupported_tensor_ops torch.jit._script torch.jit.frontend torch._C torch._ops torch.ops torch.classes torch.package torch.distributed.rpc torch.distributed.run torch.distributed.launcher torch.multiprocessing torch.onnx torch.testing torch.utils.model_dump torch.utils.show_pickle torch._lobpcg torch.utils.benchmark torch.utils.viz torch.backends'.split(
    ' ',
  ),
  ...'pandas.io pandas.eval pandas.core.computation pandas.read_pickle'.split(' '),
  ...'tensorflow.python.framework.load_library keras.utils.get_file keras.src.utils.file_utils keras.models.load_model keras.saving keras.src.saving sklearn.datasets._openml'.split(
    ' ',
  ),
  ...'transformers.dynamic_module_utils huggingface_hub diffusers.utils.dynamic_modules_utils sentence_transformers.util.import_from_string'.split(
    ' ',
  ),
  ...'hydra.utils hydra._internal pydash cloudpathlib fsspec smart_open boto3 paramiko fabric pexpect sh plumbum invoke docker'.split(
    ' ',
  ),
  ...'IPython ipykernel jupyter notebook django flask jinja2 mako celery scrapy sqlite3 _sqlite3 psycopg2 sqlalchemy yaml ruamel.yaml jsonpickle numba cython Cython pythoncom win32com'.split(
    ' ',
  ),
  ...'picklescan fickling modelscan modelaudit stemma stemma_guard safetensors_scan bandit'.split(' '),
]

/** Names of modules that are not harmful as a whole. */
export const HARMFUL_NAMES: Readonly<Record<string, string>> = {
  _codecs: 'decode lookup lookup_error register register_error',
  torch: 'load save compile hub_load load_library import_ir_module from_file os sys jit serialization.load',
  'torch.serialization': 'load save _load _legacy_load _open_file add_safe_globals',
  'torch.storage': '_load_from_bytes._',
  'torch.jit': 'load script trace _load',
  'torch._utils': '_import_dotted_name',
  'torch.utils.data': 'get_worker_info',
  'torch.distributed': 'broadcast_object_list init_process_group',
  numpy:
    'load save savetxt loadtxt genfromtxt fromfile fromregex memmap DataSource vectorize frompyfunc apply_along_axis fromfunction piecewise',
  'numpy.core.multiarray': 'fromfile',
  joblib: 'load dump Memory Parallel',
  'joblib.numpy_pickle': 'load dump _unpickle NumpyUnpickler',
  'joblib.numpy_pickle_utils': '_read_fileobject',
  pandas: 'read_pickle eval read_csv read_html',
  random: '_os _exit',
  sklearn: '_os',
  'sklearn.utils': 'os sys',
  'sklearn.datasets': 'fetch_openml',
  'sklearn.utils.fixes': 'parse_version',
  uuid: '_get_command_stdout _popen',
  platform: 'popen _syscmd_file _syscmd_ver',
  'ultralytics.utils.downloads': 'safe_download',
  'ultralytics.utils': 'subprocess os',
  transformers: 'pipeline AutoModel.from_pretrained',
  pathlib: 'os io',
}
