/** What a code of a finding means, whatever model it lies at. */
export type FindingRule = {
  /** In a few words. */
  title: string
  /** When it is found, and what follows. */
  meaning: string
}

/**
 * Every code of a finding of `stemma verify` and, from `lock-` on, of `stemma lock check`, in the order of its page, `docs/findings.md`. The finding itself has the values: its reason
 * and its remedy.
 */
export const FINDING_RULES: Readonly<Record<string, FindingRule>> = {
  'right-withheld': {
    title: 'A license withholds a right',
    meaning:
      'The terms of the model, or of one that it was made from, do not grant a right that the use needs, and no valid credential of the licensee or of the publishers between does. The use is not permitted.',
  },
  'right-unstated': {
    title: 'A license does not state a right',
    meaning:
      'Nothing is known of whether the terms grant or withhold a right that the use needs. The answer is unknown.',
  },
  'threshold-exceeded': {
    title: 'A limit of a license is exceeded',
    meaning:
      'A fact of the licensee, such as its revenue, is above a limit at which the terms withdraw a right or add an obligation. Without the right, the use is not permitted.',
  },
  'threshold-doubtful': {
    title: 'A limit of a license is exceeded, with uncertain effect',
    meaning:
      'A fact of the licensee is above a limit, and the text does not decide what follows. The answer is unknown.',
  },
  'fact-missing': {
    title: 'A fact about the licensee is missing',
    meaning:
      'The terms depend on a fact that was not given, such as the number of users. The report says what follows from each value. State it with `--fact` or in the policy.',
  },
  'model-recalled': {
    title: 'A model is recalled',
    meaning:
      'The authority or the publisher recalled the model, or one that it was made from. Nothing made from it may be used, and nobody can accept the risk by a waiver.',
  },
  'model-retired': {
    title: 'A model is retired',
    meaning: 'Its publisher no longer supports the model. It may be used as before.',
  },
  'model-superseded': {
    title: 'A model has a successor',
    meaning: 'Its publisher names a model that replaces it. It may be used as before.',
  },
  'credential-not-yet-valid': {
    title: 'A credential is not valid yet',
    meaning: 'A credential would grant a right that is withheld, but begins later.',
  },
  'credential-expired': {
    title: 'A credential has expired',
    meaning: 'A credential would grant a right that is withheld, but has ended.',
  },
  'credential-suspended': {
    title: 'A credential is suspended',
    meaning: 'A credential would grant a right that is withheld, but its licensor suspended it.',
  },
  'credential-revoked': {
    title: 'A credential is revoked',
    meaning: 'A credential would grant a right that is withheld, but its licensor revoked it for good.',
  },
  'label-void': {
    title: 'A license is not allowed by that of a base model',
    meaning:
      'A model is licensed under terms that the terms of a model it was made from do not let a derivative have, so that its license grants nothing beyond theirs.',
  },
  'label-doubtful': {
    title: 'A license may not be allowed by that of a base model',
    meaning: 'Whether the terms of a base model let a derivative have this license is not known.',
  },
  'parent-undisclosed': {
    title: 'A registration leaves out a parent',
    meaning:
      'A claim that was upheld or acknowledged revealed a parent that the registration does not name. Its terms count.',
  },
  'parent-external': {
    title: 'A parent is not registered',
    meaning: 'A parent is only named, so that its terms are not known. The answer is unknown.',
  },
  'external-known': {
    title: 'A named parent matches a registered model',
    meaning:
      'A parent that is only named has the name or the tensors of a model that is registered. Nobody whose word counts bound the two.',
  },
  'external-replaced': {
    title: 'A ruling says which model a named parent is',
    meaning: 'An adjudicator ruled which model a parent is that is only named. The terms of that model count.',
  },
  'binding-changed': {
    title: 'A named parent is bound to another model than before',
    meaning:
      'A parent that is only named meant another model when this configuration first saw it. The answer is unknown until the change is accepted.',
  },
  'publisher-denied': {
    title: 'The policy denies a publisher',
    meaning: 'The policy lists the publisher of a model among those whose models may not be used.',
  },
  'publisher-untrusted': {
    title: 'The policy does not trust a publisher',
    meaning: 'The policy names the publishers whose word counts, and that of a model is not one of them.',
  },
  'publisher-unverified': {
    title: 'No verifier vouches for a publisher',
    meaning:
      'Anybody can register anything. The word of a publisher that is neither accredited nor trusted can withhold a use, and cannot permit one.',
  },
  'publisher-left-out': {
    title: 'One answer has no place for a publisher',
    meaning:
      'One answer counts the words of a limited number of trusted and named publishers, and this one did not find a place.',
  },
  'publisher-uncounted': {
    title: 'A right rests on a word that does not count',
    meaning: 'The use would be permitted only by the word of a publisher that is neither accredited nor trusted.',
  },
  'own-work-unproved': {
    title: 'That a base model is own work is not proved',
    meaning:
      'The use is permitted only if a publisher made the base model itself, which is believed of accredited and trusted publishers alone.',
  },
  'private-agreement': {
    title: 'The use rests on a private agreement',
    meaning:
      'A licensor states a private agreement with the holder of a credential. Its digest is on the ledger, and its text is not public.',
  },
  'registration-unproved': {
    title: 'A registration is not proved',
    meaning:
      'The source shows no registration whose hash is the id of the model, so that what it states of it is unproved.',
  },
  'tensors-misstated': {
    title: 'The files have other tensors than the registration states',
    meaning:
      'The tensors of the files hash to another digest than the one that is registered for these weights. Do not load them.',
  },
  'terms-unproved': {
    title: 'Terms are not proved',
    meaning:
      'The source does not show terms or a tier as they were published, so that what it states of them is unproved.',
  },
  'quota-exceeded': {
    title: 'A quota of a credential is exceeded',
    meaning:
      'The calls or tokens that the publisher, the operators that it authorised and those that you trust anchored in sum, or those that the licensee anchored, are above the quota of the tier.',
  },
  relabeled: {
    title: 'A model states another license than the work that it keeps',
    meaning:
      'A copy, a conversion, or a derivative of a work whose license asks to be passed on states another license than that work. The terms of both count.',
  },
  'license-contradicted': {
    title: 'Files state another license than the registration',
    meaning:
      'The card, a license file or a GGUF header of the folder states another license than the registration, or has a text that the library does not recognize. The answer rests on the registration alone.',
  },
  'parent-contradicted': {
    title: 'Files name a parent that the registration does not',
    meaning:
      'The card, a configuration or a GGUF header of the folder names a model that it was made from, and nothing of the registered lineage is called so. The answer rests on the registration alone.',
  },
  'purpose-limited': {
    title: 'A license is for a purpose',
    meaning: 'The terms allow the use for some purposes only, such as research.',
  },
  'name-prefix-missing': {
    title: 'A name does not begin as a license demands',
    meaning: 'The terms of a base model ask that names of what is made from it begin with certain words.',
  },
  'text-unread': {
    title: 'The text of a license was not read',
    meaning:
      'The library could not read the text of the license, or not whole, or knows no digest of it, so that its reading of the terms was not checked against it.',
  },
  'terms-differ': {
    title: 'Terms mean something else than the license that they name',
    meaning:
      'Terms name a license of the library, by its name or by the digest of its text, and grant or demand something else. The answer is unknown.',
  },
  'origin-not-stated': {
    title: 'The origin is not stated',
    meaning: 'Neither the registration nor the training description says whether the model was made from another one.',
  },
  'origin-contradicted': {
    title: 'The stated origin is contradicted',
    meaning: 'The training description says that the model was made from scratch, and it has parents on the ledger.',
  },
  'method-missing': {
    title: 'There is no training description',
    meaning: 'The registration has no digest of a training description, which the profile needs.',
  },
  'datasets-missing': {
    title: 'There is no list of datasets',
    meaning: 'The registration has no digest of a list of datasets, which the profile needs.',
  },
  'terms-missing': {
    title: 'There are no terms',
    meaning: 'The registration states no terms, which the profile needs.',
  },
  'document-unretrievable': {
    title: 'A registered document was not found',
    meaning: 'A document whose digest is registered was not found where it should be, or is another one there.',
  },
  'base-credential-missing': {
    title: 'A credential for a base model is missing',
    meaning:
      'A base model withholds rights that a commercial deployment needs, and offers tiers of which none is held.',
  },
  'parent-not-described': {
    title: 'The training description leaves out a parent',
    meaning: 'The training description does not say how a parent on the ledger was obtained.',
  },
  'parent-not-named': {
    title: 'The training description names a parent that is not on the ledger',
    meaning: 'The training description speaks of a model that is not among the parents by that name.',
  },
  'credential-unmatched': {
    title: 'A described credential is not on the ledger',
    meaning: 'The training description names a credential that the ledger does not show for this publisher and parent.',
  },
  'data-non-commercial': {
    title: 'A dataset is not for commercial use',
    meaning: 'The license of a dataset withholds commercial use.',
  },
  'data-no-derivatives': {
    title: 'A dataset may not be adapted',
    meaning: 'The license of a dataset withholds adaptations.',
  },
  'data-share-alike': {
    title: 'A dataset asks for the same license',
    meaning: 'The license of a dataset asks that adaptations be passed on under the same license.',
  },
  'lineage-publisher': {
    title: 'A rule of the policy speaks against a publisher',
    meaning: 'The lineage has a model of a publisher that a rule of the policy denies, or does not name.',
  },
  'lineage-country': {
    title: 'A rule of the policy speaks against a country',
    meaning:
      'The lineage has a model whose publisher states a country that a rule of the policy denies or does not name, or states none that could be read.',
  },
  'lineage-accreditation': {
    title: 'A publisher is not accredited as a rule of the policy asks',
    meaning:
      'The lineage has a model whose publisher was not accredited when it was registered, or not by a verifier that the rule names.',
  },
  'lineage-model': {
    title: 'A rule of the policy speaks against a model',
    meaning: 'The lineage has a model that a rule of the policy denies, or does not name.',
  },
  'lineage-parent': {
    title: 'A model has parents, against a rule of the policy',
    meaning: 'A rule of the policy allows no parents, and the model has one.',
  },
  'lineage-external': {
    title: 'A parent is registered by nobody, against a rule of the policy',
    meaning: 'The lineage has an external parent that is not bound to a registration, so nothing of it is known.',
  },
  'lineage-origin': {
    title: 'A model does not state its origin, against a rule of the policy',
    meaning: 'A model without parents has no training description at hand that says that it was made from scratch.',
  },
  'data-license-choice': {
    title: 'A dataset offers a choice of licenses',
    meaning:
      'The license of a dataset is an expression with OR, and the training description does not state which license was chosen.',
  },
  'data-license-unknown': {
    title: 'The license of a dataset is not known',
    meaning: 'A dataset states no license, or one that the library does not have.',
  },
  'eu-provider': {
    title: 'The criterion of the EU indicates a provider',
    meaning:
      'By the computing power that the training description states, the indicative criterion makes the publisher the provider of a general-purpose AI model.',
  },
  'eu-not-provider': {
    title: 'The criterion of the EU does not indicate a provider',
    meaning:
      'By the computing power that the training description states, the indicative criterion does not make the publisher the provider of a general-purpose AI model.',
  },
  'eu-undecided': {
    title: 'Whether the criterion of the EU indicates a provider is open',
    meaning: 'The training description lacks what the indicative criterion needs.',
  },
  'cn-filing': {
    title: 'A public service in China is filed',
    meaning:
      'By what the documents state, a public service with this model that can shape opinion is filed by its provider.',
  },
  'cn-registration': {
    title: 'A public service in China is registered',
    meaning:
      'By what the documents state, a public service on this unchanged model is registered with the local office if the model is filed.',
  },
  'cn-undecided': {
    title: 'Whether a public service in China is filed or registered is open',
    meaning: 'The documents lack what decides it.',
  },
  obligation: {
    title: 'A license asks for something',
    meaning:
      'The use is permitted on a condition: the terms of the model, or of one that it was made from, ask the licensee to do something. State what is met as `fulfilled` in the policy.',
  },
  'lock-bases-changed': {
    title: 'What a model was made from has changed since it was locked',
    meaning:
      'The lineage on the ledger is not the one that the lock file commits to: a parent was attested, detached, bound or replaced. Look at it, and accept it by `stemma lock update`.',
  },
  'lock-entry-mismatch': {
    title: 'An entry of the lock file contradicts the registration',
    meaning:
      'The id of a model proves its registration, and the entry states another publisher, weights or tensors: it was edited by hand.',
  },
  'lock-quarantined': {
    title: 'A locked model is quarantined',
    meaning:
      'The review gate has quarantined the model or an ancestor that a waiver names, by its id or its weights. It must not be loaded, and nobody can accept the risk by a waiver.',
  },
  'lock-retired': {
    title: 'A locked model is retired',
    meaning: 'Its publisher no longer supports the model.',
  },
  'lock-standing-changed': {
    title: 'The word of a locked publisher counts for less',
    meaning:
      'The publisher was accredited, or proved its name, when the model was locked, and is not or does not any more.',
  },
  'lock-subject-missing': {
    title: 'A locked model is not where the lock file says',
    meaning: 'Nothing is at the path of the entry, so its weights were not compared.',
  },
  'lock-subject-unchecked': {
    title: 'The weights of a locked model were not compared',
    meaning: 'The subject of the entry is a reference to another place, which was not asked.',
  },
  'lock-subject-unreadable': {
    title: 'The weights of a locked model could not be read',
    meaning:
      'What is at the path of the entry is not a model that can be hashed, or a symbolic link leads out of the folder of the lock file.',
  },
  'lock-superseded': {
    title: 'A locked model has a successor',
    meaning: 'Its publisher names a model that replaces it. `stemma lock update` follows.',
  },
  'lock-waiver-expired': {
    title: 'A waiver has expired',
    meaning: 'Its last day has passed, so its finding counts again.',
  },
  'lock-waiver-refused': {
    title: 'A waiver does not count',
    meaning: 'What it is about is recalled or quarantined, which nobody can accept.',
  },
  'lock-waiver-too-long': {
    title: 'A waiver ends too late',
    meaning: 'It ends more than a year from now. Such a waiver does not count.',
  },
  'lock-waiver-unused': {
    title: 'A waiver matches no finding',
    meaning: 'Nothing was found that it names exactly: by finding, model, place and use.',
  },
  'lock-weights-differ': {
    title: 'The weights at hand are not those that were locked',
    meaning:
      'The digest of what is at the path of the entry is not the one that was locked: the files were changed, or replaced by another model.',
  },
}

/** What a code means. A code that the table does not have, as that of an error, stands for itself. */
export function ruleOf(code: string): FindingRule {
  return Object.hasOwn(FINDING_RULES, code)
    ? FINDING_RULES[code]!
    : { title: code.replaceAll(/[-_]/g, ' '), meaning: 'The message says what was found, and what to do.' }
}
