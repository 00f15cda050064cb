// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {Relation} from "../../types/Registration.sol";
import {Rights} from "../../types/Vocabulary.sol";
import {HeldCredential, LineageModel} from "../IComplianceLens.sol";
import {LineageEdge} from "../LineageEdge.sol";
import {PASSING_ON} from "./Compatibility.sol";
import {Holding} from "./Holding.sol";
import {Lanes, NOTHING, both} from "./Lanes.sol";
import {dutiesOfTerms, rightsOfCredential, rightsOfTerms} from "./Readings.sol";
import {COMMERCIAL_USES, makesDerivative, passOf} from "./Rights.sol";
import {Standing} from "./Standing.sol";
import {State, edgeAt, holdingOf, isOwn, putStanding, standingAt} from "./State.sol";
import {asSaid, isCertainlyOwnWork, isValid} from "./Words.sol";
import {Worklist} from "./Worklist.sol";

using Worklist for Worklist.List;

/// @dev Asks the uses in question of the first model. In a cycle, of all models, because more may be asked of one after its parents
/// were asked.
function askFirst(State memory state) pure {
    uint256 uses = state.query.uses;
    putStanding(state, 0, standingAt(state, 0).withAsked(uses, uses));
    if (!state.cyclic) return;
    Worklist.List memory waiting = state.waiting;
    waiting.add(0);
    while (!waiting.isEmpty()) {
        uint256 index = waiting.take();
        askParents(state, state.models[index], standingAt(state, index).asked());
    }
}

/// @dev Asks of the parents of a model what is asked of it. In a cycle, those of which more is asked than before wait to be
/// looked at.
function askParents(State memory state, LineageModel memory model, uint256 asked) pure {
    LineageEdge[] memory parents = model.parents;
    for (uint256 j = 0; j < parents.length; ++j) {
        LineageEdge link = edgeAt(parents, j);
        if (ask(state, model, asked, link) && state.cyclic) state.waiting.add(link.parentOf());
    }
}

/// @dev Asks of a parent what is asked of its child. Returns whether that was more than before.
function ask(State memory state, LineageModel memory child, uint256 asked, LineageEdge link) pure returns (bool) {
    uint256 index = link.parentOf();
    uint256 uses = usesAtParent(state, child, link, asked);
    Standing before = standingAt(state, index);
    if (uses & ~(before.asked() & before.owed()) == 0) return false;
    Standing standing = before.withAsked(uses, isCertainlyOwnWork(state, child, state.models[index]) ? 0 : uses);
    if (Standing.unwrap(standing) == Standing.unwrap(before)) return false;
    putStanding(state, index, standing);
    return true;
}

/// @dev What uses of a child are at a parent: those of making the child from it, and of passing on what was made.
function usesAtParent(
    State memory state,
    LineageModel memory child,
    LineageEdge link,
    uint256 uses
) pure returns (uint256 made) {
    Relation relation = link.relationOf();
    if (uses == 0 || link.isBinding() || relation == Relation.Copy || relation == Relation.Conversion) return uses;
    made = uses | Rights.MODIFY;
    if (relation == Relation.Distillation) {
        Lanes pass = state.limited ? passOf(state, child, link.parentOf()) : NOTHING;
        // A student that is not a derivative holds nothing of its teacher. What a license asks of it, it asks of who makes it
        // available.
        if (makesDerivative(state, link.parentOf(), relation, pass) == NOTHING) {
            return uses & (PASSING_ON | Rights.HOST) != 0 ? Rights.DISTILL : 0;
        }
        made |= Rights.DISTILL;
    }
    if (uses & COMMERCIAL_USES != 0) made |= Rights.COMMERCIAL_MODIFY;
    if (uses & PASSING_ON != 0) made |= Rights.REDISTRIBUTE_DERIVATIVES;
}

/// @dev What the licensee owes at a model: by its terms where they bind, and by the credentials that it needs.
function owedTo(State memory state, uint256 index, LineageModel memory model) pure returns (Lanes duties) {
    duties = owedByTerms(state, index, model);
    if (model.credentials.length != 0) duties = duties | owedByCredentials(state, index, model);
}

/// @dev The uses that raise duties of a model's own terms: none for its publisher.
function owedAt(State memory state, uint256 index, LineageModel memory model) pure returns (uint256) {
    return isOwn(model.record.publisher(), state.query.licensee) ? 0 : standingAt(state, index).owed();
}

function owedByTerms(State memory state, uint256 index, LineageModel memory model) pure returns (Lanes) {
    uint256 uses = owedAt(state, index, model);
    if (uses == 0) return NOTHING;
    return asSaid(state, model, model.record.registeredAt(), dutiesOfTerms(state, model.terms, uses));
}

function owedByCredentials(State memory state, uint256 index, LineageModel memory model) pure returns (Lanes duties) {
    Holding holding = holdingOf(state, index, state.query.licensee);
    for (uint256 i = holding.first(); i < holding.end(); ++i) {
        HeldCredential memory held = model.credentials[i];
        Lanes uses = usesLiftedBy(state, index, model, held);
        if (uses == NOTHING) continue;
        Lanes raised = dutiesOfTerms(state, held.terms, standingAt(state, index).asked());
        duties = duties | (uses.sure() == 0 ? raised.doubted() : raised);
    }
}

/// @dev The uses asked of a model that a credential gives and the model's terms do not. Only then do the credential's terms ask
/// anything.
function usesLiftedBy(
    State memory state,
    uint256 index,
    LineageModel memory model,
    HeldCredential memory held
) pure returns (Lanes) {
    if (!isValid(state, held)) return NOTHING;
    Lanes given = asSaid(state, model, held.credential.validFrom, rightsOfCredential(state, held));
    Lanes known = asSaid(state, model, model.record.registeredAt(), rightsOfTerms(state, model.terms));
    return (given & both(standingAt(state, index).asked())).beyond(known);
}
