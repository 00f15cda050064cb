// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {Credential, CredentialState} from "../../licensing/ILicenseCredential.sol";
import {ModelStatus} from "../../types/ModelRecord.sol";
import {TermsBody, Threshold, Topics} from "../../types/Terms.sol";
import {FindingCode, HeldCredential, LineageModel} from "../IComplianceLens.sol";
import {LineageEdge} from "../LineageEdge.sol";
import {atStake, isVoid} from "./Compatibility.sol";
import {owedAt, usesLiftedBy} from "./Duties.sol";
import {Holding} from "./Holding.sol";
import {NOTHING} from "./Lanes.sol";
import {positionOf} from "./Readings.sol";
import {blame, missingAt, want} from "./Rights.sol";
import {Standing} from "./Standing.sol";
import {State, addFinding, valueAt, edgeAt, holdingOf, isOwn, standingAt} from "./State.sol";
import {counts, isAlive, isValid} from "./Words.sol";
import {Worklist} from "./Worklist.sol";

using Worklist for Worklist.List;

/// @dev Wants the uses in question of the first model. In a cycle, a model may turn out to be wanted for more after it was
/// explained, so everything is handed on first. Looks again only at models that are wanted for more.
function wantFirst(State memory state) pure {
    want(state, 0, state.query.uses, 0);
    if (!state.cyclic) return;
    Worklist.List memory waiting = state.waiting;
    state.silent = true;
    waiting.add(0);
    while (!waiting.isEmpty()) {
        uint256 index = waiting.take();
        handOn(state, state.models[index], missingAt(state, index));
    }
    state.silent = false;
}

/// @dev Writes why rights are missing at a model whose children are done. Allocates nothing but findings.
function explain(State memory state, uint256 index, LineageModel memory model) pure {
    uint256 missing = missingAt(state, index);
    if (hasUndisclosed(model)) addFinding(state, FindingCode.ParentUndisclosed, model, 0);
    if (!isAlive(model)) return addFinding(state, FindingCode.ModelRecalled, model, missing);
    explainLabel(state, index, model);
    explainTerms(state, index, model);
    handOn(state, model, missing);
    ModelStatus status = model.record.status();
    if (status == ModelStatus.Retired) addFinding(state, FindingCode.ModelRetired, model, 0);
    else if (status == ModelStatus.Superseded) addFinding(state, FindingCode.ModelSuperseded, model, 0);
}

/// @dev Passes the rights missing at a model on to the parents that lack them, and writes why its publisher does not have them.
function handOn(State memory state, LineageModel memory model, uint256 missing) pure {
    if (missing == 0 || !isAlive(model)) return;
    LineageEdge[] memory parents = model.parents;
    for (uint256 j = 0; j < parents.length; ++j) {
        LineageEdge link = edgeAt(parents, j);
        (bool more, uint256 making, uint256 flow) = blame(state, model, link, missing);
        if (!state.silent) explainMaking(state, model, link.parentOf(), making, flow);
        else if (more) state.waiting.add(link.parentOf());
    }
}

/// @dev Writes why the publisher of `child` lacks rights in a parent: `making` to make the child, `flow` to pass it on.
function explainMaking(
    State memory state,
    LineageModel memory child,
    uint256 index,
    uint256 making,
    uint256 flow
) pure {
    if (making | flow == 0) return;
    // The licensee's own credentials are explained together with the parent's terms.
    address publisher = child.record.publisher();
    if (publisher == state.query.licensee) return;
    // Of its own work, nothing is missing to a publisher whose word counts.
    if (isOwn(state.models[index].record.publisher(), publisher)) {
        addFinding(state, FindingCode.PublisherUncounted, child, making | flow);
    }
    explainCredentials(state, index, publisher, making, flow);
}

function hasUndisclosed(LineageModel memory model) pure returns (bool) {
    LineageEdge[] memory parents = model.parents;
    for (uint256 j = 0; j < parents.length; ++j) {
        if (edgeAt(parents, j).isUndisclosed()) return true;
    }
    return false;
}

/// @dev Writes whether a model's license is not one under which it may be passed on.
function explainLabel(State memory state, uint256 index, LineageModel memory model) pure {
    if (!state.limited || !model.record.exists()) return;
    Standing standing = standingAt(state, index);
    uint256 missing = standing.wanted() & ~standing.own().sure();
    uint256 rights = missing == 0 ? 0 : missing & atStake(state, index, model);
    if (isVoid(state, index, state.terms[model.terms].body)) addFinding(state, FindingCode.LabelVoid, model, rights);
    else if (rights != 0) addFinding(state, FindingCode.LabelDoubtful, model, rights);
}

/// @dev Writes how a model's own terms cause its missing rights, and which obligations they add.
function explainTerms(State memory state, uint256 index, LineageModel memory model) pure {
    // To its publisher, a model's own terms neither give nor ask anything.
    if (isOwn(model.record.publisher(), state.query.licensee)) return;
    Standing standing = standingAt(state, index);
    uint256 missing = standing.wanted() & ~standing.own().sure();
    TermsBody memory body = state.terms[model.terms].body;
    if (missing != 0) {
        uint256 withheld = missing & ~uint256(body.rights | body.unstated);
        if (withheld != 0) addFinding(state, FindingCode.RightWithheld, model, withheld);
        uint256 unstated = missing & body.unstated;
        FindingCode code = model.record.exists() ? FindingCode.RightUnstated : FindingCode.ParentExternal;
        if (unstated != 0) addFinding(state, code, model, unstated);
        explainWord(state, model, address(0), model.record.registeredAt(), missing & body.rights);
    }
    explainThresholds(state, model.terms, model, address(0), missing, owedAt(state, index, model));
    if (model.credentials.length != 0) explainCredentials(state, index, state.query.licensee, missing, 0);
}

/// @dev Writes that rights are missing because the word of the model's publisher at `time` does not count.
function explainWord(State memory state, LineageModel memory model, address holder, uint256 time, uint256 rights) pure {
    if (rights == 0 || counts(state, model, time)) return;
    addFinding(state, FindingCode.PublisherUncounted, model, holder, rights, 0, 0);
}

/// @dev Writes the thresholds of the terms at `terms` that withdraw missing rights or add obligations that `uses` raise.
function explainThresholds(
    State memory state,
    uint256 terms,
    LineageModel memory model,
    address holder,
    uint256 missing,
    uint256 uses
) pure {
    if (valueAt(state.termsOpen, terms) & (missing | (uses << 16)) == 0) return;
    TermsBody memory body = state.terms[terms].body;
    Threshold[] memory thresholds = body.thresholds;
    for (uint256 i = 0; i < thresholds.length; ++i) {
        Threshold memory threshold = thresholds[i];
        uint256 rights = missing & body.rights & threshold.withdraws;
        uint256 obligations = threshold.uses & uses != 0 ? threshold.adds : 0;
        if (rights | obligations == 0) continue;
        FindingCode code = positionOf(state, threshold);
        if (code == FindingCode.None) continue;
        addFinding(state, code, model, holder, rights, obligations, Topics.topicOf(threshold));
    }
}

/// @dev Writes why the credentials of `holder` for a model do not supply missing rights: `granted` are needed by the
/// holder itself, `passed` by those to whom it passes them on. An invalid credential is named with the rights that it
/// would give. A valid one is explained by its thresholds and by the rights that its terms leave unstated.
function explainCredentials(State memory state, uint256 index, address holder, uint256 granted, uint256 passed) pure {
    LineageModel memory model = state.models[index];
    if (model.credentials.length == 0) return;
    Holding holding = holdingOf(state, index, holder);
    for (uint256 i = holding.first(); i < holding.end(); ++i) {
        HeldCredential memory held = model.credentials[i];
        explainCredential(state, index, held, granted | (passed & held.passThrough));
    }
}

function explainCredential(State memory state, uint256 index, HeldCredential memory held, uint256 missing) pure {
    LineageModel memory model = state.models[index];
    if (!isValid(state, held)) return explainInvalid(state, model, held, missing);
    uint256 uses = askedBy(state, index, model, held);
    TermsBody memory body = state.terms[held.terms].body;
    uint256 left = missing & ~uint256(held.credential.lifts);
    uint256 unstated = left & body.unstated;
    if (unstated != 0) addFinding(state, FindingCode.RightUnstated, model, held.holder, unstated, 0, 0);
    uint256 given = missing & (body.rights | held.credential.lifts);
    explainWord(state, model, held.holder, held.credential.validFrom, given);
    explainThresholds(state, held.terms, model, held.holder, left, uses);
}

function explainInvalid(
    State memory state,
    LineageModel memory model,
    HeldCredential memory held,
    uint256 missing
) pure {
    uint256 given = missing & (state.terms[held.terms].body.rights | held.credential.lifts);
    if (given == 0) return;
    addFinding(state, failureOf(held.credential, state.query.time), model, held.holder, given, 0, 0);
}

/// @dev The uses that raise duties of a credential's terms: none unless the licensee holds and needs it.
function askedBy(
    State memory state,
    uint256 index,
    LineageModel memory model,
    HeldCredential memory held
) pure returns (uint256) {
    if (held.holder != state.query.licensee || usesLiftedBy(state, index, model, held) == NOTHING) return 0;
    return standingAt(state, index).asked();
}

/// @dev The reason why a credential is not valid at `time`.
function failureOf(Credential memory credential, uint40 time) pure returns (FindingCode) {
    if (time >= credential.validUntil) {
        bool revoked = credential.state == CredentialState.Revoked;
        return revoked ? FindingCode.CredentialRevoked : FindingCode.CredentialExpired;
    }
    return time < credential.validFrom ? FindingCode.CredentialNotYetValid : FindingCode.CredentialSuspended;
}
