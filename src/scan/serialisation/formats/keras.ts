import { quoted } from '../../../core/text.ts'
import type { Judge } from '../../ports.ts'
import type { FindingLimit } from './findingLimit.ts'
import { HARMFUL_PARTS, isWithin, KERAS_HARMFUL, KERAS_PACKAGES, KERAS_PLAIN } from './names.ts'
import { Entries, objectsIn, textsIn, type Value } from './values.ts'

/** Whether a value is the config of a Keras model: objects of a class with a config. */
export function isKeras(value: Value): boolean {
  if (!(value instanceof Entries)) return false
  for (const { object } of objectsIn(value)) {
    const config = object.get('config')
    if (typeof object.get('class_name') === 'string' && (config instanceof Entries || typeof config === 'string'))
      return true
  }
  return false
}

/** Judges the config of a Keras model, from config.json of a `.keras` file or `model_config` of HDF5. */
export function judgeKeras(value: Value, limit: FindingLimit, offset?: number): void {
  const add = (rule: string, what: string, library?: string) => limit.found({ rule, what, library, offset })
  for (const { object } of objectsIn(value)) {
    for (const name of object.all('class_name')) judgeClass(String(name), object, add)
    for (const module of object.all('module')) judgeModule(module, object, add)
    for (const registered of object.all('registered_name')) judgeRegistered(registered, object, add)
    for (const module of [...object.all('function_type'), ...object.all('output_shape_type')])
      if (module === 'lambda') add('keras.lambda', 'A function of marshalled code')
    if (object.list.some(([name]) => name === 'module') && object.get('class_name') === '__lambda__')
      add('keras.lambda', 'Marshalled code')
    for (const [name, each] of object.list)
      if (/^(origin|url|file_?url)$/.test(name) && isAddress(each))
        add('keras.fetch', `${quoted(name)} is ${quoted(String(each))}`)
    for (const [name, each] of object.list)
      if (/^(vocabulary|vocabulary_file|file_path|filepath|path|cache_dir|fname|mean_file)$/.test(name) && isPath(each))
        add('keras.fetch', `${quoted(name)} is ${quoted(String(each))}`)
  }
}

type Add = (rule: string, what: string, library?: string) => void

function judgeClass(name: string, object: Entries, add: Add): void {
  if (/^(.*[>.])?(TF)?(Op)?Lambda$/.test(name) && !/^(TFOpLambda|.*>TFOpLambda)$/.test(name))
    add('keras.lambda', 'A Lambda layer')
  else if (name === '__lambda__') add('keras.lambda', 'Marshalled code')
  else if (
    /^(get_file|TFSMLayer|TorchModuleWrapper|JaxLayer|FlaxLayer|SharedObjectLoadingScope|CustomObjectScope)$/.test(name)
  )
    add(name === 'get_file' || name === 'TFSMLayer' ? 'keras.fetch' : 'keras.module', `Class ${quoted(name)}`)
  else if (name === 'function' || name === 'builtin_function_or_method') {
    const config = object.get('config')
    const what = [config, object.get('registered_name')].filter((each): each is string => typeof each === 'string')
    if (what.some((each) => /get_file|load_|save_|exec|eval|system|open|import/i.test(each)))
      add('keras.fetch', `Function ${quoted(what.join(' '))}`)
  }
  // A TensorFlow function by its name, as `TFOpLambda` calls it.
  if (/TFOpLambda$|SlicingOpLambda$/.test(name)) {
    const config = object.get('config')
    const called = config instanceof Entries ? config.get('function') : undefined
    if (
      typeof called === 'string' &&
      /(^|\.)(io|py_function|numpy_function|load_\w+|data|saved_model|experimental\.dlpack|raw_ops|sysconfig|print)(\.|$)/.test(
        called,
      )
    )
      add('keras.module', `Function ${quoted(called)}`)
  }
}

function judgeModule(module: Value, object: Entries, add: Add): void {
  if (module === null || module === '') return
  const name = typeof module === 'string' ? module : JSON.stringify(typeof module)
  const called = `${name}.${String(object.get('class_name'))}`
  if (name === 'builtins' && isPlainBuiltin(object)) return
  if (!isWithin(name, KERAS_PACKAGES)) add('keras.module', `Module ${quoted(name)}`, name.split('.')[0])
  else if (KERAS_HARMFUL.test(name) && !(KERAS_PLAIN as readonly string[]).includes(name))
    add('keras.module', `Module ${quoted(name)}`, 'keras')
  else if (
    /(^|[._])(get_file|load_model|save_model|load_weights|open|eval|exec|enable_unsafe_deserialization|set_floatx|clear_session|deserialize)/.test(
      String(object.get('config')),
    ) ||
    /enable_unsafe_deserialization|get_file|load_model/.test(called)
  )
    add('keras.fetch', `Function ${quoted(called)}`, 'keras')
}

/** Python's own types that configs legitimately name. */
function isPlainBuiltin(object: Entries): boolean {
  const config = object.get('config')
  const isFunction = object.get('class_name') === 'function'
  if (isFunction) return typeof config === 'string' && config.startsWith('keras')
  return ['NoneType', 'dict', 'list', 'tuple', 'slice', 'int', 'float', 'str', 'bool', 'DType', 'set'].includes(
    String(object.get('class_name')),
  )
}

function judgeRegistered(registered: Value, object: Entries, add: Add): void {
  if (typeof registered !== 'string') return
  const parts = registered.split(/[>.]/)
  if (
    parts.some(
      (part) =>
        (HARMFUL_PARTS as readonly string[]).includes(part) && part !== 'load' && part !== 'run' && part !== 'call',
    )
  )
    add('keras.module', `Registered name ${quoted(registered)}`)
  else if (registered.includes('>') && !isWithin(parts[0]!, [...KERAS_PACKAGES, 'Keras', 'keras_nlp', 'Custom']))
    add('keras.custom', `Registered name ${quoted(registered)}`, parts[0])
  else if (object.get('module') === null && parts[0] === 'Custom')
    add('keras.custom', `Registered name ${quoted(registered)}`)
}

function isAddress(value: Value): boolean {
  return typeof value === 'string' && /^[a-z][a-z0-9+.-]*:\/\//i.test(value)
}

function isPath(value: Value): boolean {
  return typeof value === 'string' && (isAddress(value) || /^([/\\~]|[a-z]:\\)|(^|[/\\])\.\.([/\\]|$)/i.test(value))
}

/** Reports texts of a Keras config that are code in base 64, whatever the class says. */
export function judgeMarshalled(value: Value, judge: Pick<Judge, 'found'>): void {
  // 4wAAAA is the first bytes of a marshalled code object of CPython, flagged as a reference; YwAAAA is one without the flag.
  for (const text of textsIn(value)) {
    if (/^\s*(4[wA-Z0-9]AAAA|YwAAAA)[A-Za-z0-9+/\n=]{20,}/.test(text)) {
      judge.found({ rule: 'keras.lambda', what: 'A text that is marshalled code in base 64' })
      return
    }
  }
}
