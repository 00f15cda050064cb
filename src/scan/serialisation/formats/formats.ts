import type { FormatReader } from '../../ports.ts'
import { MAX_FINDINGS } from './findingLimit.ts'
import { readGgufTemplates } from './ggufTemplates.ts'
import { readHdf5 } from './hdf5.ts'
import { MAX_JSON_BYTES, readJsonFile } from './json.ts'
import { MAX_JSON_DEPTH } from './jsonText.ts'
import * as names from './names.ts'
import { ONNX_DOMAINS, readOnnxFile } from './onnx.ts'
import { readScript } from './scripts.ts'
import { MAX_TEMPLATE, readTemplateFile, TEMPLATE_METHODS } from './template.ts'
import { CODE_OPERATIONS, FILE_OPERATIONS, readTensorFlow, readTfLite } from './tensorflow.ts'
import { readSentencePiece, readText } from './vocabularies.ts'
import { MAX_YAML_BYTES, readYamlFile } from './yaml.ts'

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
  skopsPackages: names.SKOPS_PACKAGES,
  templateGlobals: names.TEMPLATE_GLOBALS,
  templateMethods: TEMPLATE_METHODS,
  onnxDomains: ONNX_DOMAINS,
  tensorflowCode: CODE_OPERATIONS,
  tensorflowFiles: FILE_OPERATIONS,
  limits: {
    findings: MAX_FINDINGS,
    jsonBytes: MAX_JSON_BYTES,
    jsonDepth: MAX_JSON_DEPTH,
    templateCharacters: MAX_TEMPLATE,
    yamlBytes: MAX_YAML_BYTES,
  },
}
