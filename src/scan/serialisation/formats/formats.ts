import type { FormatReader } from '../../ports.ts'
import { MOST_WIDE } from './content.ts'
import { MAX_FINDINGS } from './findingLimit.ts'
import { GGUF_LIMITS, readGgufTemplates } from './ggufTemplates.ts'
import { HDF5_LIMITS, readHdf5 } from './hdf5.ts'
import { IMPORTED_KEYS } from './importedNames.ts'
import { CODE_NAMES, MAX_JSON_BYTES, readJsonFile } from './json.ts'
import { MAX_JSON_DEPTH } from './jsonText.ts'
import * as names from './names.ts'
import { ONNX_CODE, ONNX_DOMAINS, readOnnxFile } from './onnx.ts'
import { ONNX_READ_LIMITS } from './onnxModel.ts'
import { readScript, SCRIPT_SETTINGS } from './scripts.ts'
import { SKOPS_CALLS } from './skops.ts'
import { readTemplateFile, TEMPLATE_SETTINGS } from './template.ts'
import { CODE_OPERATIONS, DEBUG, FILE_OPERATIONS, MAX_NODES, readTensorFlow, readTfLite, SAVING } from './tensorflow.ts'
import { MAX_PATTERN } from './tokenizer.ts'
import { readSentencePiece, readText, VOCABULARY_SETTINGS } from './vocabularies.ts'
import { MAX_YAML_BYTES, NAMING_TAG, PLAIN_TAG, readYamlFile, YAML_LIMITS } from './yaml.ts'

export { judgeFolder } from './folder.ts'
export { FORMAT_RULES } from './rules.ts'

/** Readers of formats other than pickles and archives. Each judges by content, where content can tell; all are tried. */
export const FORMAT_READERS: readonly FormatReader[] = [
  readScript,
  readTemplateFile,
  readYamlFile,
  readJsonFile,
  readHdf5,
  readGgufTemplates,
  readOnnxFile,
  readTensorFlow,
  readTfLite,
  readText,
  readSentencePiece,
]

/** What else decides what those readers find; part of the digest of the ruleset. */
export const FORMAT_SETTINGS = {
  kerasPackages: names.KERAS_PACKAGES,
  kerasHarmful: names.KERAS_HARMFUL.source,
  parentLibraries: names.PARENT_LIBRARIES,
  pipelineLibraries: names.PIPELINE_LIBRARIES,
  targetPackages: names.TARGET_PACKAGES,
  harmfulParts: names.HARMFUL_PARTS,
  gadgets: names.GADGET.source,
  importedPackages: names.IMPORTED_PACKAGES,
  importedKeys: IMPORTED_KEYS.source,
  skopsPackages: names.SKOPS_PACKAGES,
  skopsCalls: SKOPS_CALLS.source,
  vocabularies: VOCABULARY_SETTINGS,
  yamlPlainTag: PLAIN_TAG.source,
  yamlNamingTag: NAMING_TAG.source,
  tagPackages: names.TAG_PACKAGES,
  templateGlobals: names.TEMPLATE_GLOBALS,
  template: TEMPLATE_SETTINGS,
  scripts: SCRIPT_SETTINGS,
  codeNames: CODE_NAMES.source,
  onnxDomains: ONNX_DOMAINS,
  onnxCode: ONNX_CODE.source,
  tensorflowCode: CODE_OPERATIONS,
  tensorflowFiles: FILE_OPERATIONS,
  tensorflowSaving: SAVING.source,
  tensorflowDebug: DEBUG.source,
  limits: {
    findings: MAX_FINDINGS,
    jsonBytes: MAX_JSON_BYTES,
    jsonDepth: MAX_JSON_DEPTH,
    gguf: GGUF_LIMITS,
    hdf5: HDF5_LIMITS,
    onnx: ONNX_READ_LIMITS,
    wideTextBytes: MOST_WIDE,
    patternCharacters: MAX_PATTERN,
    tensorflowNodes: MAX_NODES,
    yaml: { bytes: MAX_YAML_BYTES, ...YAML_LIMITS },
  },
}
