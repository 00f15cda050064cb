import { spawnSync } from 'node:child_process'

import { expect } from 'chai'

import { assemble, global, int, longText, proto, text } from './assemble.ts'
import { judgeBytes, type Judgement } from './judgeBytes.ts'
import { randomSource } from './randomStream.ts'

const STORAGE = `(${longText('storage')}${global('torch', 'FloatStorage')}${longText('0')}${longText('cpu')}${int(6)}tQ`
const SHAPE = `${int(2)}${int(3)}\x86${int(3)}${int(1)}\x86`
const TENSOR = `${global('torch._utils', '_rebuild_tensor_v2')}(${STORAGE}${int(0)}${SHAPE}\x89${global('collections', 'OrderedDict')})RtR`
const DTYPE = `${global('numpy', 'dtype')}${longText('f8')}\x89\x88\x87R(K\x03${longText('<')}NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb`
const WRAPPED = `${global('joblib.numpy_pickle', 'NumpyArrayWrapper')})\x81}(${longText('shape')}K\x02\x85${longText('dtype')}${DTYPE}ub`
const GETATTR = global('builtins', 'getattr')

const LINEAR = `(${longText('module')}${global('torch.nn.modules.linear', 'Linear')}${longText('linear.py')}${longText('class Linear: pass')}tQ`

const CASES: readonly (readonly [string, Judgement['level'], Uint8Array])[] = [
  ['a state dict of torch', 'none', assemble(proto(2), `}${longText('a')}${TENSOR}s.`)],
  [
    'an OrderedDict with a tensor',
    'none',
    assemble(proto(2), global('collections', 'OrderedDict'), `)R${longText('a')}${TENSOR}s.`),
  ],
  [
    'a scalar of numpy',
    'none',
    assemble(proto(3), global('numpy.core.multiarray', 'scalar'), DTYPE, 'C\x08\0\0\0\0\0\0\0\0\x86R.'),
  ],
  [
    'bytes of protocol 2',
    'none',
    assemble(proto(2), global('_codecs', 'encode'), longText('ab'), longText('latin1'), '\x86R.'),
  ],
  [
    'a pipeline of scikit-learn',
    'warn',
    assemble(proto(4), text('sklearn.pipeline'), text('Pipeline'), '\x93)\x81}b.'),
  ],
  [
    'a method of a YOLO model',
    'warn',
    assemble(proto(4), GETATTR, global('ultralytics.nn.tasks', 'DetectionModel'), text('forward'), '\x86R.'),
  ],
  [
    'a method of a YOLO object',
    'warn',
    assemble(proto(4), GETATTR, global('ultralytics.nn.tasks', 'DetectionModel'), ')\x81', text('forward'), '\x86R.'),
  ],
  ['a module of torch in the old format', 'warn', assemble(proto(2), LINEAR, ')\x81}b.')],
  ['a head of setfit', 'warn', assemble(proto(4), global('setfit.modeling', 'SetFitHead'), ')\x81}b.')],
  ['argparse.Namespace', 'warn', assemble(proto(4), global('argparse', 'Namespace'), ')\x81}', text('lr'), 'K\x01sb.')],
  ['an array of joblib', 'warn', assemble(proto(3), WRAPPED, '\x80\x02cos\nsystem\n.'.padEnd(16, '\0'), '.')],
  [
    'a dump in text protocol of a class of Python 2',
    'warn',
    assemble('ccopy_reg\n_reconstructor\n(cargparse\nNamespace\nc__builtin__\nobject\nNtR.'),
  ],
  ['two plain pickles', 'none', assemble(proto(2), 'N.', proto(2), 'N.')],
  [
    'an array of numbers that look like a pickle',
    'none',
    assemble(
      '\x93NUMPY\x01\0',
      'v\0',
      "{'descr': '|u1', 'fortran_order': False, 'shape': (13,), }".padEnd(117),
      '\n',
      '\x80\x02cos\nsystem\n',
    ),
  ],
]

const TEXTS = [
  '# README\n',
  '{"a": 1}',
  '[PAD]\n[UNK]\nthe\n',
  'config\nlicense\n',
  'import os\nos.system\n',
  'I am\n',
  'Nothing.',
  'the\nof\n',
  '(c) 2024\nMIT\n',
  'https://example.org/a\n',
  '',
  '.',
  '0.5',
  'cat\ndog\n',
]

const PYTHON = `
import pickle, collections, argparse, datetime, sys
o = {"a": [1, 2.5, 10**30, -1, True, None], "b": (b"x" * 300, "y" * 300, {1, 2}), "c": collections.OrderedDict(z=1), "d": frozenset([3]), "t": datetime.date(2020, 1, 1), "l": list(range(5000))}
for p in range(6): print(pickle.dumps(o, protocol=p).hex())
`

describe('pickle: what is not an alarm', function () {
  for (const [name, level, stream] of CASES) {
    it(`judges ${name} as ${level}`, function () {
      const { judged, findings } = judgeBytes(stream)
      expect(judged).to.equal(true)
      expect(judgeBytes(stream).level, JSON.stringify(findings)).to.equal(level)
    })
  }
  for (const each of TEXTS) {
    it(`finds nothing in the text ${JSON.stringify(each)}`, function () {
      expect(judgeBytes(assemble(each)).findings).to.deep.equal([])
    })
  }
  it('finds nothing in 20,000 pieces of random bytes that begin as a pickle', function () {
    const random = randomSource(5)
    for (let index = 0; index < 20_000; index++) {
      const bytes = Uint8Array.from({ length: 64 }, () => random(256))
      bytes.set([0x80, 2 + random(4)])
      const { level, findings } = judgeBytes(bytes)
      expect(level, `${Buffer.from(bytes).toString('hex')} ${JSON.stringify(findings)}`).to.not.equal('fail')
    }
  })
  it('finds nothing in what Python writes, in every protocol', function () {
    const { stdout, status } = spawnSync('python3', ['-S', '-B', '-c', PYTHON], { encoding: 'utf8' })
    expect(status, 'Install python3 (3.9 or later), which has to be in PATH.').to.equal(0)
    for (const line of stdout.trim().split('\n')) {
      const { judged, findings } = judgeBytes(new Uint8Array(Buffer.from(line, 'hex')))
      expect([judged, findings]).to.deep.equal([true, []])
    }
  })
})
