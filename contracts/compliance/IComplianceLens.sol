// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {Credential} from "../licensing/ILicenseCredential.sol";
import {ModelId, TermsId, TierId} from "../types/Ids.sol";
import {ModelRecord} from "../types/ModelRecord.sol";
import {TermsBody} from "../types/Terms.sol";
import {LineageEdge} from "./LineageEdge.sol";

/// @dev The answer to "may it be used so?".
enum Verdict {
    Permitted,
    Conditional, // permitted, and obligations hold or may hold
    NotPermitted,
    Unknown // not withheld by anything that is known, and not granted either
}

/// @dev Why a use is not permitted, or not without more.
enum FindingCode {
    None,
    RightWithheld, // the model's terms do not grant `rights`
    RightUnstated, // no terms are known that would grant or withhold `rights`
    ThresholdExceeded, // the licensee's `metric` is more than the limit: `rights` are gone, `obligations` hold
    FactMissing, // the same depends on the licensee's `metric`, which was not given
    ModelRecalled, // the model must not be used any more
    ModelRetired, // the model is no longer supported
    ModelSuperseded, // the model has a successor
    CredentialNotYetValid, // `holder`'s credential for the model would lift this, and is not valid yet
    CredentialExpired, // ... and has expired
    CredentialSuspended, // ... and is suspended, or was at the time asked for
    CredentialRevoked, // ... and has been revoked
    ShareAlikeConflict, // the model's share-alike terms are not those of another ancestor
    ShareAlikeUnmet, // the model's terms are not share-alike, as those of a model that it was made from demand
    ParentUndisclosed // the model's registration does not name a parent that a claim brought out
}

/// @dev One reason. Masks and metric are zero, and `holder` is nobody, where they say nothing. A `holder` says that the reason
/// lies in its credential for the model, whose terms leave `rights` unstated or have the threshold.
struct Finding {
    FindingCode code;
    ModelId model;
    address holder;
    uint32 rights;
    uint32 obligations;
    uint8 metric;
}

/// @dev What is known of the licensee: see {Threshold} for the metrics and their units.
struct Fact {
    uint8 metric;
    uint128 value;
}

/// @dev A question. `licensee` zero asks for the public; `uses` is a mask of rights; `time` is when credentials are looked at.
struct Query {
    ModelId model;
    address licensee;
    uint32 uses;
    uint40 time;
    Fact[] facts;
}

/**
 * @dev An answer. `granted` are the rights that the licensee has, `possible` those that nothing known withholds.
 * `obligations` hold for the uses that were asked for, `possibleObligations` hold or may hold.
 */
struct Evaluation {
    Verdict verdict;
    uint32 granted;
    uint32 possible;
    uint32 obligations;
    uint32 possibleObligations;
    Finding[] findings;
}

/// @dev A credential of a model in a lineage, held by the licensee or by the publisher of a child. `terms` is an index of {Lineage-terms}.
struct HeldCredential {
    TierId tier;
    address holder;
    uint256 terms;
    uint32 passThrough;
    Credential credential;
}

/// @dev A model in a lineage. `record` says its publisher, time and status; `terms` is an index of {Lineage-terms}; `parents` are
/// those of the registration, in its order, and then the attested ones.
struct LineageModel {
    ModelId model;
    ModelRecord record;
    uint256 terms;
    LineageEdge[] parents;
    HeldCredential[] credentials;
}

/// @dev Terms that some model or credential of a lineage has.
struct LineageTerms {
    TermsId terms;
    TermsBody body;
}

/// @dev A model (the first) with all its ancestors, each once, nearest first, and all that an evaluation needs, as of a block.
struct Lineage {
    uint256 chainId;
    uint256 blockNumber;
    uint256 timestamp;
    LineageModel[] models;
    LineageTerms[] terms;
}

/**
 * @title Ancestry and license findings in one call
 * @dev Views only: the lens keeps nothing and anybody can deploy another. The evaluation is {LicenseAlgebra}'s, which the SDK
 * computes too; `docs/license-algebra.md` says what it means and what it does not decide.
 *
 * Attested parents (see {ILineageClaims}) count as declared ones do. They may close a cycle; then everybody in it has what no
 * member of it, and no ancestor of one, withholds.
 *
 * Cost grows linearly with the number of models in the lineage. Meant for `eth_call` and for contracts with small lineages.
 */
interface IComplianceLens {
    /// @dev `model` is not registered.
    error ComplianceLensUnknownModel(ModelId model);

    /// @dev `uses` names no right, or one that is not defined.
    error ComplianceLensInvalidUses(uint32 uses);

    /// @dev `metric` is named twice in the facts, or is not defined.
    error ComplianceLensInvalidFact(uint8 metric);

    /// @dev The model with all its ancestors, and the credentials that `licensee` and the publishers in it hold.
    function lineage(ModelId model, address licensee) external view returns (Lineage memory);

    /// @dev Whether the licensee may use the model so, and why not.
    function evaluate(Query calldata query) external view returns (Evaluation memory);

    /// @dev The ids of the model (the first) and of all its ancestors, each once, nearest first.
    function ancestry(ModelId model) external view returns (ModelId[] memory);
}
