import { expect } from 'chai'

import { assemble, bytes, frame, global, int, longText, proto, text, u4 } from './assemble.ts'
import { judgeBytes } from './judgeBytes.ts'

const ECHO = text('echo x')
const RUN = `${global('os', 'system')}${ECHO}\x85R`
const INNER = assemble(proto(4), RUN, '.')
const STORAGE = (numel: number, type = 'FloatStorage') =>
  `(${longText('storage')}${global('torch', type)}${longText('0')}${longText('cpu')}${int(numel)}tQ`
const VIEW = (numel: number, size: number, stride: number) =>
  `${global('torch._utils', '_rebuild_tensor_v2')}(${STORAGE(numel)}${int(0)}${int(size)}\x85${int(stride)}\x85\x89}tR`

/** Every import here is of harmful code, called with a harmless argument. */
const CALLED: readonly (readonly [string, string])[] = (
  'os.system posix.system nt.system subprocess.Popen subprocess.run builtins.eval builtins.exec builtins.open builtins.compile ' +
  'builtins.print builtins.__import__ __builtin__.eval __builtins__.exec importlib.import_module runpy.run_path pty.spawn ' +
  'socket.create_connection ctypes.CDLL pickle.loads _pickle.loads cPickle.loads dill.loads marshal.loads shutil.rmtree ' +
  'sys.settrace webbrowser.open code.interact pdb.run bdb.Bdb timeit.timeit cProfile.run profile.run pip.main ' +
  'idlelib.pyshell.main idlelib.run.Executive lib2to3.pgen2.driver.main numpy.f2py.crackfortran._eval_length numpy.f2py.getlincoef ' +
  'torch.load torch.hub.load torch.utils.cpp_extension.load torch._dynamo.guards.GuardBuilder.get torch.jit.load ' +
  'torch.utils.bottleneck.__main__.run_cprofile torch.fx.experimental.symbolic_shapes.ShapeEnv ' +
  'operator.attrgetter operator.methodcaller functools.reduce pkgutil.resolve_name picklescan.scanner.scan fickling.hook.run ' +
  'modelscan.modelscan.run numpy.testing._private.utils.runstring asyncio.unix_events._UnixSubprocessTransport ' +
  'multiprocessing.util.spawnv_passfds http.client.HTTPSConnection urllib.request.urlopen requests.api.get tempfile.mktemp ' +
  'doctest.debug_script ensurepip._run_pip uuid._get_command_stdout joblib.load numpy.load numpy.__builtins__ torch.os ' +
  'transformers.dynamic_module_utils.get_class_from_dynamic_module distutils.spawn.spawn venv.create trace.run commands.getoutput'
)
  .split(' ')
  .map((name) => [name.slice(0, name.lastIndexOf('.')), name.slice(name.lastIndexOf('.') + 1)] as const)

const CASES: Readonly<Record<string, Uint8Array>> = {
  'a call in text protocol': assemble("cos\nsystem\n(S'echo x'\ntR."),
  'a call that breaks afterwards': assemble(proto(4), RUN, '\xff\xff'),
  'a call in text protocol that breaks afterwards': assemble("cos\nsystem\n(S'echo x'\ntR\xff\xff"),
  'an unlisted call in text protocol that is broken is at least known as a pickle': assemble(
    "cos.path\njoin\n(S'x'\ntR\xff",
  ),
  INST: assemble("(S'echo x'\nios\nsystem\n."),
  OBJ: assemble('(', global('os', 'system'), ECHO, 'o.'),
  'OBJ and POP': assemble(proto(4), '(', global('os', 'system'), ECHO, 'o0N.'),
  NEWOBJ: assemble(proto(2), global('subprocess', 'Popen'), longText('echo x'), '\x85\x81.'),
  NEWOBJ_EX: assemble(proto(4), global('subprocess', 'Popen'), ECHO, '\x85}\x92.'),
  STACK_GLOBAL: assemble(proto(4), text('os'), text('system'), '\x93', ECHO, '\x85R.'),
  'STACK_GLOBAL from the memo': assemble(
    proto(4),
    text('system'),
    'q\x05',
    '0',
    text('os'),
    '\x940',
    'h\x01h\x05\x93',
    ECHO,
    '\x85R.',
  ),
  'STACK_GLOBAL with a memo that is written over': assemble(
    proto(4),
    text('math'),
    'q\x000',
    text('os'),
    'q\x000',
    'h\0',
    text('system'),
    '\x93',
    ECHO,
    '\x85R.',
  ),
  'STACK_GLOBAL by a computed name': assemble(
    proto(4),
    text('os'),
    global('builtins', 'str'),
    ECHO,
    '\x85R\x93',
    ECHO,
    '\x85R.',
  ),
  'a function from the memo': assemble(
    proto(2),
    global('os', 'system'),
    'q\x010',
    'h\x01',
    longText('echo x'),
    '\x85R.',
  ),
  'DUP of a function': assemble(proto(2), global('os', 'system'), '2', longText('echo x'), '\x85R.'),
  'a module in Unicode escapes': assemble("V\\u006f\\u0073\nVsystem\n\x93(S'echo x'\ntR."),
  'a dotted name': assemble(proto(4), text('torch'), text('os.system'), '\x93', ECHO, '\x85R.'),
  'a dunder name': assemble(proto(4), text('numpy'), text('__builtins__'), '\x93', '.'),
  'a dunder inside a library class': assemble(
    proto(4),
    text('sklearn.pipeline'),
    text('Pipeline.__init__.__globals__'),
    '\x93.',
  ),
  'a homoglyph': assemble(proto(4), text('\u043es'), text('system'), '\x93', ECHO, '\x85R.'),
  'a NUL in a name': assemble(proto(4), text('os\0x'), text('system'), '\x93', ECHO, '\x85R.'),
  'a line feed in a name': assemble(proto(4), text('os\nx'), text('system'), '\x93', ECHO, '\x85R.'),
  'a carriage return behind a name': assemble("cos\r\nsystem\r\n(S'echo x'\ntR."),
  EXT1: assemble(proto(2), '\x82\x01', longText('echo x'), '\x85R.'),
  EXT2: assemble(proto(2), '\x83\x01\x02.'),
  EXT4: assemble(proto(2), '\x84\x01\x02\x03\0.'),
  'getattr of a harmful module': assemble(
    proto(4),
    global('builtins', 'getattr'),
    global('os', 'path'),
    text('join'),
    '\x86R.',
  ),
  'getattr of a computed name': assemble(
    proto(4),
    global('builtins', 'getattr'),
    global('sklearn.pipeline', 'Pipeline'),
    'N\x86R.',
  ),
  'getattr of a dunder': assemble(
    proto(4),
    global('builtins', 'getattr'),
    global('sklearn.pipeline', 'Pipeline'),
    text('__init__'),
    '\x86R.',
  ),
  'a call of what getattr returned': assemble(
    proto(4),
    global('builtins', 'getattr'),
    global('sklearn.pipeline', 'Pipeline'),
    text('fit'),
    '\x86R)R.',
  ),
  'getattr handed on': assemble(proto(4), global('builtins', 'getattr'), '\x85.'),
  'partial over a harmful function': assemble(
    proto(4),
    global('functools', 'partial'),
    global('os', 'system'),
    '\x85R.',
  ),
  'partial over getattr': assemble(proto(4), global('functools', 'partial'), global('builtins', 'getattr'), '\x85R.'),
  'a call of what a harmless call returned': assemble(proto(4), global('collections', 'OrderedDict'), ')R)R.'),
  'BUILD on a class': assemble(proto(4), global('sklearn.pipeline', 'Pipeline'), '}b.'),
  'BUILD on an unlisted module': assemble(proto(4), global('mymodule', 'thing'), '}b.'),
  'SETITEM on an import': assemble(proto(4), global('mymodule', 'table'), text('a'), 'Ns.'),
  'SETITEMS on an import': assemble(proto(4), global('mymodule', 'table'), '(', text('a'), 'Nu.'),
  'APPEND on an import': assemble(proto(4), global('mymodule', 'list'), 'Na.'),
  'APPENDS on an import': assemble(proto(4), global('mymodule', 'list'), '(Ne.'),
  'ADDITEMS on an import': assemble(proto(4), global('mymodule', 'set'), '(N\x90.'),
  'SETITEM on sys.modules': assemble(proto(4), global('sys', 'modules'), text('a'), 'Ns.'),
  'SETITEM on a tensor': assemble(proto(2), VIEW(4, 4, 1), int(0), 'Ns.'),
  'a tensor longer than its storage': assemble(proto(2), VIEW(4, 5, 1), '.'),
  'a tensor whose stride leaves its storage': assemble(proto(2), VIEW(4, 2, 4), '.'),
  'a storage of a length below zero': assemble(proto(2), STORAGE(-1), '.'),
  'rebuild_from_type_v2 over a harmful function': assemble(
    proto(4),
    global('torch._tensor', '_rebuild_from_type_v2'),
    '(',
    global('os', 'system'),
    'N',
    ECHO,
    '\x85NtR.',
  ),
  'copyreg over a harmful class': assemble(
    'ccopy_reg\n_reconstructor\n(csubprocess\nPopen\nc__builtin__\nobject\nNtR.',
  ),
  'a pickle inside a pickle': assemble(proto(4), global('torch.storage', '_load_from_bytes'), bytes(INNER), '\x85R.'),
  'a pickle inside a pickle that is not written out': assemble(
    proto(4),
    global('torch.storage', '_load_from_bytes'),
    'N\x85R.',
  ),
  'a second pickle behind STOP': assemble(proto(4), 'N.', INNER),
  'a second pickle behind a gap': assemble(proto(4), 'N.', '\0\0\0', INNER),
  'a second pickle behind a short one in text protocol': assemble('I1\n.', INNER),
  'a second pickle in text protocol': assemble('I1\n.', "cos\nsystem\n(S'echo x'\ntR."),
  'a class by an id of torch': assemble(
    proto(2),
    '(',
    longText('module'),
    global('subprocess', 'Popen'),
    'NNtQ',
    longText('echo x'),
    '\x85R.',
  ),
  'a magic number by eval': assemble(
    proto(2),
    global('builtins', 'eval'),
    longText('1'),
    '\x85R.',
    proto(2),
    'M\xe9\x03.',
  ),
  'a frame that an instruction leaves': assemble(proto(4), frame(3), text('long text'), '.'),
  'a frame longer than the file': assemble(proto(4), frame(1000), 'N.'),
  'a frame inside a frame': assemble(proto(4), frame(20), frame(3), 'N0N.', 'N'.repeat(10)),
  'a frame behind STOP': assemble(proto(4), frame(6), 'N.NNNN'),
  'a number in hexadecimal': assemble(proto(2), 'I0x10\n.'),
  'a number with spaces': assemble(proto(2), 'I 1\n.'),
  'a number in octal': assemble(proto(2), 'I010\n.'),
  'an index of the memo that allocates': assemble(proto(2), 'Nr', u4(0x7fffffff), '.'),
  'bytes that allocate': assemble(proto(2), global('builtins', 'bytearray'), int(0x7fffffff), '\x85R.'),
  'an array of objects': assemble(
    '\x93NUMPY\x01\0',
    'v\0',
    "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".padEnd(117),
    '\n',
    INNER,
  ),
  'an array with an unusual header': assemble(
    '\x93NUMPY\x01\0',
    'v\0',
    "{'descr': '|' 'O', 'fortran_order': False, 'shape': (1,)}".padEnd(117),
    '\n',
    INNER,
  ),
  'POP of what was called': assemble(proto(4), RUN, '0N.'),
  'a protocol that is not true': assemble(proto(0), text('os'), text('system'), '\x93', ECHO, '\x85R.'),
}

describe('pickle: hostile streams', function () {
  for (const [module, name] of CALLED) {
    it(`fails a call of ${module}.${name}`, function () {
      expect(judgeBytes(assemble(proto(2), global(module, name), longText('echo x'), '\x85R.')).level).to.equal('fail')
    })
  }
  for (const [name, stream] of Object.entries(CASES)) {
    it(`fails ${name}`, function () {
      expect(judgeBytes(stream).level).to.equal('fail')
    })
  }
  it('does not pass an import that no list names', function () {
    expect(judgeBytes(assemble(proto(4), global('mypackage.model', 'Net'), ')\x81}b.')).level).to.equal('unknown')
  })
  it('says which import, at which offset', function () {
    const { findings } = judgeBytes(INNER)
    expect(findings.map(({ rule, offset }) => [rule, offset])).to.deep.equal([
      ['pickle.import', 2],
      ['pickle.call', 22],
    ])
    expect(findings[0]!.what).to.contain('"os.system"')
  })
})
