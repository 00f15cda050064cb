import { gzipSync } from 'node:zlib'

import { ggufOf } from '../../interop/tensorFiles.ts'
import { fileOf, tensor } from '../../interop/safetensorsFile.ts'
import { tarOf, zipOf } from '../serialisation/containers/archives.ts'
import { field, graphNode, onnxNode, onnxOf } from '../serialisation/formats/judged.ts'
import { assemble, bytes, global, int, longText, proto, text } from '../serialisation/pickle/assemble.ts'

/** A model that must not be flagged: the worst that may be found, and its files. `warn` is for code of a library, which does run. */
export type Benign = readonly [most: 'note' | 'warn' | 'unknown', files: Readonly<Record<string, Uint8Array | string>>]

const file = (name: string, data: Uint8Array | string, most: Benign[0] = 'note'): Benign => [most, { [name]: data }]
const stream = (...parts: (string | Uint8Array)[]): Benign => file('model.pkl', assemble(proto(2), ...parts))
const object = (name: string, most: Benign[0] = 'warn'): Benign => {
  const dot = name.lastIndexOf('.')
  return file('model.pkl', assemble(proto(2), global(name.slice(0, dot), name.slice(dot + 1)), ')\x81}b.'), most)
}
const table = (prefix: string, names: string, make: (name: string) => Benign): Record<string, Benign> =>
  Object.fromEntries(names.split(' ').map((name) => [`${prefix} ${name}`, make(name)]))
const json = (name: string, value: unknown): Benign => file(name, JSON.stringify(value))
const template = (value: string): Benign => json('tokenizer_config.json', { chat_template: value })
const pattern = (value: string): Benign =>
  json('tokenizer.json', {
    pre_tokenizer: { type: 'Split', pattern: { Regex: value } },
    model: { vocab: { 'os.system': 1, 'http://x': 2 } },
  })

const STORED = (type: string, count: number) =>
  `(${longText('storage')}${global('torch', type)}${longText('0')}${longText('cpu')}${int(count)}tQ`
const VIEW = (type: string, count: number) =>
  `${global('torch._utils', '_rebuild_tensor_v2')}(${STORED(type, count)}${int(0)}${int(count)}\x85${int(1)}\x85\x89${global('collections', 'OrderedDict')})RtR`
/** A checkpoint whose tensor has these bytes. */
function checkpoint(data: Uint8Array | string, type = 'ByteStorage', size = 1): Benign {
  const stored = Buffer.from(data as string, 'latin1')
  return file(
    'model.pt',
    zipOf([
      {
        name: 'archive/data.pkl',
        data: assemble(proto(2), '}', longText('w'), VIEW(type, stored.length / size), 's.'),
      },
      { name: 'archive/byteorder', data: 'little' },
      { name: 'archive/data/0', data: stored },
      { name: 'archive/version', data: '3\n' },
      { name: 'archive/.data/serialization_id', data: '1'.repeat(40) },
    ]),
  )
}
/** Bytes of an item, by its type. */
const ITEM_BYTES: Readonly<Record<string, number>> = {
  FloatStorage: 4,
  LongStorage: 8,
  "'|b1'": 1,
  "'<i8'": 8,
  "'|S3'": 3,
  "'<U2'": 8,
  "'|V5'": 5,
  "'>f8'": 8,
  "'<M8[ns]'": 8,
  "'<c16'": 16,
}
const EVIL = 'cos\nsystem\n(X\x01\0\0\0xtR.'
const EMPTY_ZIP = `PK\x05\x06${'\0'.repeat(18)}PK\x03\x04${'\0'.repeat(60)}`

function npy(descr: string, shape: string, data: string): Uint8Array {
  return assemble(
    '\x93NUMPY\x01\0v\0',
    `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117),
    '\n',
    data,
  )
}
const PIECES = Buffer.concat([
  ...['<unk>', 'the', 'os', 'http'].map((piece) =>
    field(1, [field(1, piece), Buffer.from('\x15\0\0\x80\x3f', 'latin1')]),
  ),
  field(2, [field(7, 'm')]),
])
const TORCHSCRIPT = zipOf([
  {
    name: 'm/data.pkl',
    data: assemble(proto(2), global('__torch__.torch.nn.modules.linear.___torch_mangle_0', 'Linear'), ')\x81}b.'),
  },
  {
    name: 'm/code/__torch__/torch/nn/modules/linear.py',
    data: 'class Linear(Module):\n  def forward(self, x):\n    return torch.linear(x, self.w)\n',
  },
  { name: 'm/extra/notes.txt', data: 'hello' },
  { name: 'm/constants.pkl', data: assemble(proto(2), ').') },
])

/** Look-alikes of the false alarms that guard-findings, section 1, lists, and of what real libraries write. */
export const BENIGN: Readonly<Record<string, Benign>> = {
  ...table('a checkpoint of', 'FloatStorage HalfStorage BFloat16Storage LongStorage', (type) =>
    checkpoint('12345678'.repeat(2), type, ITEM_BYTES[type] ?? 2),
  ),
  'a tensor that looks like a pickle': checkpoint(`\x80\x02${EVIL}`),
  'a tensor that looks like a zip': checkpoint(EMPTY_ZIP),
  'safetensors whose tensor looks like a pickle': file(
    'model.safetensors',
    Buffer.concat([fileOf({ a: tensor('U8', [EVIL.length], 0, EVIL.length) }), Buffer.from(EVIL)]),
  ),
  'safetensors whose tensor looks like a zip': file(
    'model.safetensors',
    Buffer.concat([
      fileOf({ a: tensor('U8', [EMPTY_ZIP.length], 0, EMPTY_ZIP.length) }),
      Buffer.from(EMPTY_ZIP, 'latin1'),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries({
      BOOL: 1,
      U8: 1,
      I8: 1,
      F8_E4M3: 1,
      F8_E5M2: 1,
      I16: 2,
      U16: 2,
      F16: 2,
      BF16: 2,
      I32: 4,
      U32: 4,
      F32: 4,
      F64: 8,
      I64: 8,
      U64: 8,
      C64: 8,
    }).map(([type, size]) => [
      `safetensors of ${type}`,
      file(
        'model.safetensors',
        fileOf({ __metadata__: { format: 'pt' }, a: tensor(type, [2], 0, 2 * size) }, 2 * size),
      ),
    ]),
  ),
  'a GGUF file': file('model.gguf', ggufOf([{ dtype: 'F32', shape: [1], data: '00000000' }])),
  'plain values': stream('}(', longText('a'), int(1), longText('b'), '](K\x01Ne', longText('c'), '\x88u.'),
  'numpy scalars': stream(
    global('numpy.core.multiarray', 'scalar'),
    global('numpy', 'dtype'),
    longText('f8'),
    '\x89\x88\x87R',
    global('_codecs', 'encode'),
    longText('x'),
    longText('latin1'),
    '\x86R\x86R.',
  ),
  ...table(
    'an object of',
    'argparse.Namespace types.SimpleNamespace sklearn.pipeline.Pipeline sklearn.linear_model._logistic.LogisticRegression ' +
      'sklearn.ensemble._forest.RandomForestClassifier ultralytics.nn.tasks.DetectionModel torch.nn.modules.container.ParameterDict ' +
      'transformers.training_args.TrainingArguments omegaconf.dictconfig.DictConfig pathlib.PosixPath operator.itemgetter io.BytesIO ' +
      'pandas.DataFrame numpy.ma.MaskedArray builtins.ValueError easydict.EasyDict sklearn.gaussian_process.kernels.RBF',
    (name) => object(name),
  ),
  'a method of a model of YOLO': [
    'warn',
    {
      'yolo.pt': assemble(
        proto(2),
        global('builtins', 'getattr'),
        global('ultralytics.nn.modules.block', 'C2f'),
        ')\x81',
        longText('forward_split'),
        '\x86R.',
      ),
    },
  ],
  'an own embedding': stream('}', longText('string_to_param'), '}', longText('*'), VIEW('FloatStorage', 4), 'ss.'),
  'a vocabulary that says what is harmful': stream(
    '}(',
    longText('os.system'),
    int(1),
    longText('http://x/?eval(1)'),
    int(2),
    longText('__import__'),
    int(3),
    'u.',
  ),
  'bytes that are a pickle, kept as a value': file(
    'model.pkl',
    assemble(proto(3), '}', longText('a'), bytes('\x80\x02N.'), 's.'),
  ),
  'two pickles': file('model.pkl', assemble(proto(2), 'N.', proto(2), 'N.')),
  TorchScript: file('model.pt', TORCHSCRIPT, 'warn'),
  ...table('an array of', "'<f4' '|b1' '<i8' '|S3' '<U2' '|V5' '>f8' '<M8[ns]' '<c16'", (descr) => {
    const size = ITEM_BYTES[descr] ?? 4
    return file('a.npy', npy(descr, '(2,)', '1'.repeat(2 * size)))
  }),
  'an array of fields': file(
    'a.npy',
    npy("[('a', '<i4'), ('b', '<f8', (2,)), ('c', [('d', '|S3')])]", '(1,)', '1'.repeat(23)),
  ),
  'an array of plain objects': file('a.npy', npy("'|O'", '(1,)', '\x80\x02](K\x01e.')),
  npz: file(
    'a.npz',
    zipOf([
      { name: 'a.npy', data: npy("'<f4'", '(1,)', '1234') },
      { name: 'b.npy', data: npy("'<f4'", '(1,)', '1234'), deflated: true },
    ]),
  ),
  'a vocabulary of SentencePiece': file('tokenizer.model', PIECES),
  'a vocabulary of SentencePiece in a tar': file(
    'model.nemo',
    tarOf([
      { name: './model_config.yaml', data: 'target: nemo.collections.asr.models.EncDecCTCModel\n' },
      { name: './a_tokenizer.model', data: PIECES },
      { name: './vocab.txt', data: 'a\n' },
    ]),
  ),
  'ranks of tiktoken': file('qwen.tiktoken', 'IQ== 0\nIg== 1\n'),
  'a Modelfile': file('Modelfile', 'FROM ./x.gguf\nTEMPLATE """{{ .Prompt }}"""\n'),
  'a README that says os.system': file('README.md', '# m\n\n```python\nimport os\nos.system("x")\neval("1")\n```\n'),
  'merges and words': [
    'note',
    {
      'merges.txt': '#version: 0.2\nc a\n',
      'vocab.txt': '[PAD]\ncos\nsystem\nhttp://x\n',
      'vocab.json': '{"import os":1}',
    },
  ],
  'a zip of texts and pictures': file(
    'a.zip',
    zipOf([{ name: 'a.txt', data: 'x' }, { name: 'b.png', data: '\x89PNG\r\n\x1a\nabc' }, { name: 'c/' }]),
  ),
  'a gzip of text': file('a.txt.gz', gzipSync('hello'), 'note'),
  'an archive of torch.export': file(
    'm.pt2',
    zipOf([
      { name: 'm/data/weights/weight_0', data: '\x01\x02\x80\xff' },
      { name: 'm/models/model.json', data: '{"range":{"expr_str":"2*s0 + 1"}}' },
    ]),
  ),
  'a model of Keras': file(
    'm.keras',
    zipOf([
      {
        name: 'config.json',
        data: JSON.stringify({
          module: 'keras',
          class_name: 'Sequential',
          config: { layers: [{ module: 'keras.layers', class_name: 'Dense', config: { activation: 'relu' } }] },
        }),
      },
      { name: 'metadata.json', data: '{"keras_version":"3.0"}' },
    ]),
  ),
  'a SavedModel': [
    'note',
    {
      'saved_model.pb': Buffer.concat([
        field(1, 1),
        field(2, [field(2, [graphNode('Const'), graphNode('SaveV2'), graphNode('MatMul')])]),
      ]),
      'fingerprint.pb': field(1, 7),
    },
  ],
  'an ONNX model': file('m.onnx', onnxOf([onnxNode('MatMul'), onnxNode('Attention', 'com.microsoft')])),
  ...Object.fromEntries(
    [
      "{% for m in messages %}{{ '<|' + m['role'] + '|>' + m['content'] }}{% endfor %}",
      "{% if messages[0]['role'] == 'system' %}{% set t = messages[0]['content'] %}{% else %}{% set t = 'You are a helpful assistant' %}{% endif %}{{ t }}",
      "{% set ns = namespace(index=0, kind='x') %}{{ messages[ns.index + 1].content }}",
      "{% if '</think>' in m.content %}{{ m.content.split('</think>')[-1] }}{% endif %}",
      '{% if not tools %}x{% else %}You may call one or more functions{% endif %}',
    ].map((each) => [`the template ${each}`, template(each)]),
  ),
  ...Object.fromEntries(
    [
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
      '(?:\\p{N}{1,3}(?=(?:\\p{N}{3})*\\b))',
    ].map((each) => [`the pattern ${each.slice(0, 30)}`, pattern(each)]),
  ),
  'an adapter': json('adapter_config.json', {
    auto_mapping: { base_model_class: 'X', parent_library: 'transformers.models.llama.modeling_llama' },
  }),
  'a pipeline': json('model_index.json', {
    _class_name: 'X',
    _diffusers_version: '1',
    unet: ['diffusers', 'UNet'],
    safety_checker: [null, null],
  }),
  'modules of sentence-transformers': [
    'note',
    {
      'modules.json': '[{"path":"","type":"sentence_transformers.models.Transformer"}]',
      '2_Dense/config.json': '{"activation_function":"torch.nn.modules.activation.Tanh"}',
    },
  ],
  'attention by name': json('config.json', { _attn_implementation: 'flash_attention_2', auto_map: {} }),
  'a model of skops': file(
    'm.skops',
    zipOf([
      {
        name: 'schema.json',
        data: JSON.stringify({ __module__: 'sklearn.pipeline', __class__: 'Pipeline', __loader__: 'ObjectNode' }),
      },
    ]),
  ),
  ...table(
    '_target_',
    'torch.nn.Linear torch.optim.Adam torch.nn.functional.relu timm.create_model monai.networks.nets.UNet gluonts.torch.model.predictor.PyTorchPredictor',
    (name) => file('config.yaml', `a:\n  _target_: ${name}\n`),
  ),
  'a model of SpeechBrain': file(
    'hyperparams.yaml',
    'a: !new:speechbrain.lobes.models.ECAPA_TDNN.ECAPA_TDNN\n  size: 80\nb: !ref <a>\nc: !name:torch.nn.BatchNorm1d\nd: !apply:torch.manual_seed [1]\n',
  ),
  "an adapter of Megatron's": file('adapter_config.json', '{"megatron_config":null,"megatron_core":"megatron.core"}'),
  'a tuple in YAML': file('hparams.yaml', 'a: !!python/tuple [1, 2]\n', 'warn'),
  'a list of packages': file('requirements.txt', 'torch\nnumpy==1\n'),
  ...table('a pickle of protocol', '0 3 4 5', (version) =>
    file(
      'm.pkl',
      version === '0'
        ? assemble("(dp0\nS'a'\np1\nI1\ns.")
        : assemble(proto(Number(version)), '}', version === '3' ? longText('a') : text('a'), 'K\x01s.'),
    ),
  ),
}
