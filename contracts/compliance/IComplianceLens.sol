// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {Credential} from "../licensing/ILicenseCredential.sol";
import {ModelId, TermsId, TierId} from "../types/Ids.sol";
import {ModelRecord} from "../types/ModelRecord.sol";
import {TermsBody} from "../types/Terms.sol";
import {LineageEdge} from "./LineageEdge.sol";

/// @dev The answer to whether a use is permitted.
enum Verdict {
    Permitted,
    Conditional, // permitted; obligations apply or may apply
    NotPermitted,
    Unknown // nothing known withholds it, and nothing grants it
}

/// @dev Why a use is not permitted, or permitted only on conditions.
enum FindingCode {
    None,
    RightWithheld, // the model's terms do not grant `rights`
    RightUnstated, // no known terms grant or withhold `rights`
    ThresholdExceeded, // the measure of `topic` exceeds the limit: `rights` are lost, `obligations` apply
    ThresholdDoubtful, // as above, but whether `rights` are lost is not certain
    FactMissing, // as above, if the measure of `topic`, which was not given, exceeds the limit
    ModelRecalled, // the model must no longer be used
    ModelRetired, // the model is no longer supported
    ModelSuperseded, // the model has a successor
    CredentialNotYetValid, // `holder`'s credential for the model would grant this, but is not valid yet
    CredentialExpired, // ... but has expired
    CredentialSuspended, // ... but is, or at the time in question was, suspended
    CredentialRevoked, // ... but has been revoked
    LabelVoid, // the terms of what the model was made from do not let it be passed on under its own: see {Terms-outbound}
    LabelDoubtful, // ... may not let it; or they do not, and leave it to its publisher to grant
    ParentUndisclosed, // the model's registration omits a parent that a claim established
    ParentExternal, // nobody registered the parent, and it is not bound, so nothing states `rights` for it
    PublisherUncounted // `rights` rest on the word of the model's publisher, which does not count
}

/// @dev One reason. Members that do not apply are zero. If `holder` is set, the reason lies in its credential for the
/// model: the terms of the credential leave `rights` unstated or have the threshold.
struct Finding {
    FindingCode code;
    ModelId model;
    address holder;
    uint32 rights;
    uint32 obligations;
    uint64 topic;
}

/// @dev A fact: the value of one measure. See {Threshold} for the measures and {Topics} for their addresses.
struct Fact {
    uint64 topic;
    uint128 value;
}

/// @dev The most members of a list in a question.
uint256 constant MAX_LISTED = 64;

/**
 * @dev A question. A zero `licensee` asks for the public, `uses` is a mask of rights, and `time` is when credentials must
 * be valid.
 *
 * Whose word counts: a publisher that was verified when it said it (a registration and its terms at their time, a
 * credential at its beginning), the publishers in `trusted`, the licensee, and the publishers of the models in `named` for
 * these models. The word of others leaves open what it grants or asks: it is possible, and not sure. That a parent is the
 * publisher's own work counts only for the verified, the trusted and the licensee. If `everybody` is set, every word counts,
 * which answers what was said and not whether to rely on it. It is not the default: a question that names nobody relies on
 * verified publishers alone.
 *
 * Each list is strictly ascending (the facts by topic), and has at most MAX_LISTED members.
 */
struct Query {
    ModelId model;
    address licensee;
    uint32 uses;
    uint40 time;
    bool everybody;
    address[] trusted;
    ModelId[] named;
    Fact[] facts;
}

/**
 * @dev An answer. `granted` holds the rights that the licensee has, and `possible` those that nothing known withholds.
 * `obligations` apply to the uses in question; `possibleObligations` apply or may apply.
 */
struct Evaluation {
    Verdict verdict;
    uint32 granted;
    uint32 possible;
    uint32 obligations;
    uint32 possibleObligations;
    Finding[] findings;
}

/// @dev A credential for a model in a lineage, held by the licensee or by the publisher of a child. `terms` is an index
/// into {Lineage-terms}.
struct HeldCredential {
    TierId tier;
    address holder;
    uint256 terms;
    uint32 passThrough;
    Credential credential;
}

/// @dev A model in a lineage. An external parent has an empty record and no terms; its parents are what it is bound to, of
/// grade {EvidenceGrade-Bound}. `record` packs its publisher,
/// time and status. `terms` is an index into {Lineage-terms}. `verifiedFrom` and `verifiedUntil` are of its publisher's
/// verification. `parents` lists the registration's parents in their order, then the attested ones. `credentials` lists
/// those of each holder together. A declared parent that a ruling replaced is left out while it is neither registered nor
/// bound; see {ILineageClaims.replacedParentsOf}.
struct LineageModel {
    ModelId model;
    ModelRecord record;
    uint256 terms;
    uint40 verifiedFrom;
    uint40 verifiedUntil;
    LineageEdge[] parents;
    HeldCredential[] credentials;
}

/// @dev Terms of a model or credential in a lineage.
struct LineageTerms {
    TermsId terms;
    TermsBody body;
}

/// @dev A model (first) with all its ancestors, each once and nearest first, and everything an evaluation needs, as of
/// one block.
struct Lineage {
    uint256 chainId;
    uint256 blockNumber;
    uint256 timestamp;
    LineageModel[] models;
    LineageTerms[] terms;
}

/**
 * @title Ancestry and license findings in one call
 * @dev Views only: the lens has no state, and anybody can deploy another. {LicenseAlgebra} does the evaluation, as the
 * SDK does off chain. `docs/license-algebra.md` explains what it means and what it does not decide.
 *
 * An external parent that is bound (see {IRecalls.bindExternal}) is what it is bound to: what each binding withholds is
 * withheld, and it withholds nothing itself. A binding to what nobody registered leaves it unknown.
 *
 * Attested parents (see {ILineageClaims}) count like declared ones. They may close a cycle. A member of a cycle has the
 * rights that no member, and no ancestor of a member, withholds.
 *
 * The cost grows linearly with the models, edges and credentials of the lineage, also in cycles, except for memory, whose
 * price grows with its square. Meant for `eth_call`, and for contracts with small
 * lineages.
 */
interface IComplianceLens {
    /// @dev `model` is not registered.
    error ComplianceLensUnknownModel(ModelId model);

    /// @dev `uses` is empty or has undefined rights.
    error ComplianceLensInvalidUses(uint32 uses);

    /// @dev No threshold can have the topic of a fact.
    error ComplianceLensInvalidFact(uint64 topic);

    /// @dev The member at `index` of a list in the question is not greater than the one before.
    error ComplianceLensUnsorted(uint256 index);

    /// @dev A list in the question has `count` members; the limit is MAX_LISTED.
    error ComplianceLensTooMany(uint256 count);

    /// @dev The model with all its ancestors, and the credentials held by `licensee` and by their publishers.
    function lineage(ModelId model, address licensee) external view returns (Lineage memory);

    /// @dev Whether the licensee may use the model as asked, and if not, why.
    function evaluate(Query calldata query) external view returns (Evaluation memory);

    /// @dev The ids of the model (first) and all its ancestors, each once and nearest first.
    function ancestry(ModelId model) external view returns (ModelId[] memory);
}
