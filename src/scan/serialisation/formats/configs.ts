import { quoted } from '../../../core/text.ts'
import { FindingLimit } from './findingLimit.ts'
import { IMPORTED_KEYS, isGadget, judgeImported, judgeKernel, judgeRouter } from './importedNames.ts'
import { isWithin, PARENT_LIBRARIES, PIPELINE_LIBRARIES, TARGET_PACKAGES } from './names.ts'
import { judgeSkops } from './skops.ts'
import { judgeTemplate } from './template.ts'
import { Entries, objectsIn, textsIn, type Value } from './values.ts'

/** Judges a config of any library, from JSON or YAML: what it has loaders import, fetch or render. All duplicates are judged. */
export function judgeConfig(name: string, value: Value, limit: FindingLimit): void {
  for (const { object } of objectsIn(value)) {
    for (const [key, each] of object.list) judgeEntry(key, each, object, limit)
  }
  if (/^(modules|.*_modules)\.json$/.test(name)) judgeModules(value, limit)
  if (name === 'router_config.json') judgeRouter(value, limit)
  if (name === 'schema.json') judgeSkops(value, limit)
  if (name === 'package.json' || name === 'tasks.json') judgeTasks(value, limit)
  if (name.endsWith('model_index.json') || isPipeline(value)) judgePipeline(value, limit)
  if (name === 'mlmodel') judgeMlflow(value, limit)
  if (/^model_config\.ya?ml$/.test(name) && value instanceof Entries) judgeNemo(value, limit)
  if (/^chat_template.*\.json$/.test(name) && typeof value === 'string') judgeTemplate(value, limit)
}

function judgeEntry(key: string, value: Value, object: Entries, limit: FindingLimit): void {
  if (key === 'auto_map' || key === 'custom_pipelines') return judgeCode(key, value, limit)
  if (key === 'custom_pipeline' || key === 'custom_generate' || key === 'code_revision') {
    if (value !== null && value !== '' && value !== false)
      limit.found({ rule: 'code.remote', what: `${key} is ${textOf(value)}` })
  } else if (
    /^(trust_remote_code|allow_remote_code|trustremotecode|unsafe_deserialization|enable_unsafe_deserialization|allow_pickle)$/i.test(
      key,
    )
  ) {
    if (value === true || value === 1 || /^(true|1|yes|on)$/i.test(String(value)))
      limit.found({ rule: 'code.remote', what: `${key} is on`, level: key === 'allow_pickle' ? 'warn' : undefined })
  } else if (key === 'safe_mode' && value === false) limit.found({ rule: 'keras.lambda', what: 'safe_mode is off' })
  else if (key === 'weights_only' && value === false)
    limit.found({ rule: 'code.remote', what: 'weights_only is off', level: 'warn' })
  else if (
    key === '_target_' ||
    key === 'target' ||
    key === '__target__' ||
    key === 'class_path' ||
    key === '_component_'
  )
    judgeTarget(key, value, object, limit)
  else if (/^(parent_library|parentlibrary)$/i.test(key)) judgeParent(value, limit)
  else if (key === 'megatron_core') judgeMegatron(value, limit)
  else if (
    /^(chat_template|default_chat_template|template|jinja_template|prompt_template)$/.test(key) ||
    key === 'chat_templates'
  )
    judgeTemplates(key, value, limit)
  else if (/^_?attn_implementation(_internal)?$/.test(key)) judgeKernel(key, value, limit)
  else if (IMPORTED_KEYS.test(key)) judgeImported(key, value, limit)
  else if (
    key === 'expr_str' &&
    typeof value === 'string' &&
    /__|\b(import|eval|exec|open|lambda|getattr)\b/.test(value)
  )
    limit.found({ rule: 'code.module', what: `An expression of an exported program is ${quoted(value.slice(0, 100))}` })
}

/** Code that a config has loaders import: `module.Class`, or `owner/repository--module.Class`. */
function judgeCode(key: string, value: Value, limit: FindingLimit): void {
  const names = [...textsIn(value)].filter((each) => each !== '')
  // An empty map names nothing.
  for (const each of names) {
    if (each.includes('--') || each.includes('/'))
      limit.found({ rule: 'code.remote', what: `${key} names ${quoted(each)}` })
    else limit.found({ rule: 'code.auto-map', what: `${key} names ${quoted(each)}` })
  }
}

function judgeTarget(key: string, value: Value, object: Entries, limit: FindingLimit): void {
  const isHydra = key.startsWith('_')
  if (typeof value !== 'string') {
    if (isHydra && value !== null) limit.found({ rule: 'hydra.target', what: `${key} is not a text` })
    return
  }
  const name = value.trim()
  // `target` and `class_path` are words of other formats too; only with parameters beside them are they called.
  const isCalled =
    isHydra || ['params', 'init_args', 'args', 'kwargs', 'dict_kwargs'].some((each) => object.get(each) !== undefined)
  if (!isCalled || name === '' || name === '???') return
  if (!isHydra && !/^[A-Za-z_][\w]*(\.[\w]+)+$/.test(name)) return
  const isHarmful = isGadget(name)
  const isKnown =
    isWithin(name, TARGET_PACKAGES) ||
    (!isHydra && isWithin(name, ['torch', 'torchvision', 'datasets', 'taming', 'cldm', 'modules', 'models']))
  if (isHarmful || (isHydra && !isKnown))
    limit.found({ rule: 'hydra.target', what: `${key} is ${quoted(name)}`, library: name.split('.')[0] })
  else if (!isKnown)
    limit.found({
      rule: 'hydra.target',
      what: `${key} is ${quoted(name)}`,
      library: name.split('.')[0],
      level: 'unknown',
    })
}

function judgeParent(value: Value, limit: FindingLimit): void {
  if (value === null || value === '') return
  // PEFT writes the module, such as transformers.models.llama.modeling_llama; loaders import it whole.
  const names = [...textsIn(value)]
  if (names.length === 0) names.push(textOf(value))
  for (const name of names) {
    const isModule = /^[A-Za-z_]\w*(\.\w+)*$/.test(name)
    if (!isModule || !isWithin(name, PARENT_LIBRARIES) || name.split('.').some((part) => part.startsWith('__')))
      limit.found({
        rule: 'adapter.parent-library',
        what: `parent_library is ${quoted(name)}`,
        library: name.split('.')[0],
      })
  }
}

/** A module that PEFT imports by the name that an adapter states. */
function judgeMegatron(value: Value, limit: FindingLimit): void {
  for (const name of textsIn(value))
    if (!isWithin(name, ['megatron']) || isGadget(name))
      limit.found({ rule: 'code.module', what: `megatron_core is ${quoted(name)}`, library: name.split('.')[0] })
}

/** The class of a model of NeMo, whose module is imported without parameters beside it. */
function judgeNemo(value: Entries, limit: FindingLimit): void {
  for (const target of value.all('target')) {
    const name = textOf(target).trim()
    if (!isWithin(name, ['nemo']) || isGadget(name))
      limit.found({ rule: 'hydra.target', what: `target is ${quoted(name)}`, library: name.split('.')[0] })
  }
}

function judgeTemplates(key: string, value: Value, limit: FindingLimit): void {
  if (typeof value === 'string') {
    // Other formats have templates with other marks under such names.
    if (key === 'chat_template' || /\{[{%]/.test(value)) judgeTemplate(value, limit, `${key}`)
    return
  }
  if (!Array.isArray(value) && !(value instanceof Entries)) return
  for (const text of textsIn(value)) if (/\{[{%#]/.test(text)) judgeTemplate(text, limit, `${key}`)
}

/** `modules.json` of sentence-transformers: a list of modules with the types that are imported. */
function judgeModules(value: Value, limit: FindingLimit): void {
  for (const { object } of objectsIn(value)) {
    if (object.get('path') === undefined) continue
    for (const type of object.all('type')) {
      const name = textOf(type)
      if (
        !/^(sentence_transformers\.(models|sparse_encoder\.models|cross_encoder\.models|base\.modules|base\.models|sentence_transformer\.modules|sentence_transformer\.models|multi_vec_encoder\.modules)(\.\w+){1,2}|pylate\.models(\.\w+){1,2})$/.test(
          name,
        )
      )
        limit.found({ rule: 'code.module', what: `Module type ${quoted(name)}`, library: name.split('.')[0] })
    }
  }
}

function isPipeline(value: Value): boolean {
  return value instanceof Entries && value.get('_diffusers_version') !== undefined
}

/** `model_index.json` of diffusers: each part is a library and a class; another library is a module of the folder. */
function judgePipeline(value: Value, limit: FindingLimit): void {
  if (!(value instanceof Entries)) return
  for (const [part, each] of value.list) {
    if (!Array.isArray(each)) continue
    if (part === '_class_name') {
      limit.found({ rule: 'code.auto-map', what: `The pipeline is the class ${textOf(each)} of the folder` })
      continue
    }
    if (part.startsWith('_') || each.length < 2 || each.length > 3) continue
    const [library, name] = each
    if (library === null && name === null) continue
    if (typeof library !== 'string' || typeof name !== 'string') continue
    if (!isWithin(library, PIPELINE_LIBRARIES))
      limit.found({ rule: 'code.module', what: `Part ${quoted(part)} is of ${quoted(library)}`, library })
    else if (/__|[^\w.]/.test(library + name))
      limit.found({ rule: 'code.module', what: `Part ${quoted(part)} is ${quoted(`${library}.${name}`)}` })
  }
}

/** Commands that tools run when a folder is opened or installed. */
function judgeTasks(value: Value, limit: FindingLimit): void {
  for (const { object } of objectsIn(value)) {
    const names = object.list.map(([each]) => each)
    const hook =
      names.find((each) => /^(pre|post)?(install|prepare|publish)$/.test(each)) ??
      names.find((each) => each === 'runOn')
    if (hook !== undefined && typeof object.get(hook) === 'string')
      limit.found({
        rule: 'code.script',
        what: `${quoted(hook)} is ${quoted(textOf(object.get(hook)!).slice(0, 100))}`,
      })
  }
}

function judgeMlflow(value: Value, limit: FindingLimit): void {
  for (const { object } of objectsIn(value)) {
    for (const loader of object.all('loader_module')) {
      const name = textOf(loader)
      if (!isWithin(name, ['mlflow'])) limit.found({ rule: 'mlflow.loader', what: `loader_module is ${quoted(name)}` })
      else if (name === 'mlflow.pyfunc.model')
        limit.found({
          rule: 'mlflow.loader',
          what: 'A model that is Python code or a pickle of its own',
          level: 'warn',
        })
    }
    for (const code of [...object.all('code'), ...object.all('model_code_path')])
      if (typeof code === 'string' && code !== '')
        limit.found({ rule: 'mlflow.loader', what: `Code in ${quoted(code)}` })
  }
}

function textOf(value: Value): string {
  if (typeof value === 'string') return value
  return Array.isArray(value)
    ? quoted(value.map(textOf).join(', '))
    : value instanceof Entries
      ? 'an object'
      : String(value)
}
