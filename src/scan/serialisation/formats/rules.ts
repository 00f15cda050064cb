import type { Level, Rule } from '../../ports.ts'

function rule(id: string, level: Level, finds: string, remedy: string): Rule {
  return { id, level, finds, remedy }
}

const READ_CODE = 'Read the code before it runs, or use a model that the library supports without code of its own.'
const OTHER_COPY = 'Do not load the file; get it from its publisher, in safetensors where there is a choice.'

/** The rules about formats other than pickles and archives, and about the folder as a whole. */
export const FORMAT_RULES: readonly Rule[] = [
  rule('keras.lambda', 'fail', 'A Keras model with a Lambda layer or marshalled code', OTHER_COPY),
  rule('keras.module', 'fail', 'A Keras object of a module that is not on the list', OTHER_COPY),
  rule('keras.custom', 'unknown', 'A Keras object that the user of the model must define', READ_CODE),
  rule('keras.fetch', 'fail', 'A Keras model that fetches or reads files', OTHER_COPY),
  rule('hdf5.external', 'fail', 'An HDF5 file that reads data of another file', OTHER_COPY),
  rule('hdf5.config', 'unknown', 'A model_config in HDF5 that cannot be read', OTHER_COPY),
  rule(
    'tensorflow.file-operation',
    'fail',
    'A TensorFlow operation that reads or writes files, or reaches the network',
    OTHER_COPY,
  ),
  rule('tensorflow.code', 'fail', 'A TensorFlow operation that runs code of the host', OTHER_COPY),
  rule('tensorflow.custom-operation', 'note', 'An operation that TensorFlow Lite does not define', READ_CODE),
  rule('tensorflow.broken', 'unknown', 'A TensorFlow file that cannot be read to its end', OTHER_COPY),
  rule('onnx.external-data', 'fail', 'ONNX tensors in a file outside the folder, or in none', OTHER_COPY),
  rule('onnx.custom-operation', 'unknown', 'ONNX operations of a domain that is not known', READ_CODE),
  rule('onnx.broken', 'unknown', 'An ONNX file that cannot be read to its end', OTHER_COPY),
  rule('code.script', 'warn', 'A script beside the model', READ_CODE),
  rule('code.started', 'fail', 'A file that programs run without being asked to', READ_CODE),
  rule(
    'code.native',
    'fail',
    'A native program or library, or compiled Python',
    'Remove the file; a model needs none.',
  ),
  rule('code.notebook', 'note', 'A notebook', 'Read its cells before you run them.'),
  rule('code.requirements', 'note', 'A list of packages to install', 'Install only packages that you know.'),
  rule('code.auto-map', 'fail', 'A config that names code of the folder, which loaders import', READ_CODE),
  rule('code.remote', 'fail', 'A config that names code of another repository, or switches such code on', READ_CODE),
  rule('code.module', 'fail', 'A config that names a module outside the libraries that its format is for', READ_CODE),
  rule('hydra.target', 'fail', 'A config whose _target_ is not of a known package, and is called', READ_CODE),
  rule(
    'adapter.parent-library',
    'fail',
    'An adapter that has loaders import a library that is not on the list',
    READ_CODE,
  ),
  rule('mlflow.loader', 'fail', 'An MLmodel file whose loader is not of MLflow', READ_CODE),
  rule(
    'template.escape',
    'fail',
    'A chat template that reaches for more than its messages',
    'Do not use this template; take the one of the base model.',
  ),
  rule(
    'template.behaviour',
    'warn',
    'A chat template that adds instructions for some texts of users',
    'Read the template, or take the one of the base model.',
  ),
  rule(
    'template.unread',
    'unknown',
    'A chat template that cannot be parsed',
    'Read the template, or take the one of the base model.',
  ),
  rule(
    'tokenizer.pattern',
    'warn',
    'A pattern whose matching can take exponential time',
    'Limit the length of texts, or take the tokenizer of the base model.',
  ),
  rule(
    'json.duplicate',
    'warn',
    'A name that is twice in an object, so that two readers see two values',
    'Remove one of them.',
  ),
  rule('json.invalid', 'unknown', 'A JSON file that cannot be read', 'Download the file again.'),
  rule('yaml.tag', 'fail', 'YAML with a tag that makes objects of Python or another language', 'Do not load the file.'),
  rule('yaml.invalid', 'unknown', 'A YAML file that cannot be read', 'Download the file again.'),
]
