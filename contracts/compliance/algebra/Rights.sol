// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {Relation} from "../../types/Registration.sol";
import {Rights, TermsFlags} from "../../types/Vocabulary.sol";
import {LineageModel} from "../IComplianceLens.sol";
import {LineageEdge} from "../LineageEdge.sol";
import {asLabeled, studentDerives} from "./Compatibility.sol";
import {Holding} from "./Holding.sol";
import {BOTH, EVERYTHING, LANE, Lanes, NOTHING, both} from "./Lanes.sol";
import {rightsOfTerms} from "./Readings.sol";
import {Standing} from "./Standing.sol";
import {Edge, State, valueAt, edgeAt, holdingOf, isOwn, putStanding, standingAt} from "./State.sol";
import {asSaid, isAlive, isCertainlyOwnWork} from "./Words.sol";
import {Worklist} from "./Worklist.sol";

using Worklist for Worklist.List;

/// @dev What only a commercial derivative may be used for.
uint256 constant COMMERCIAL_USES = Rights.COMMERCIAL | Rights.HOST;
/// @dev What needs the right to pass derivatives on.
uint256 constant PASSING_ON_USES = Rights.REDISTRIBUTE | Rights.SUBLICENSE;
/// @dev Every right without which some edge lets less through, in both lanes.
Lanes constant GATES = Lanes.wrap(
    uint256(
        Rights.REDISTRIBUTE |
            Rights.DISTILL |
            Rights.MODIFY |
            Rights.COMMERCIAL_MODIFY |
            Rights.REDISTRIBUTE_DERIVATIVES
    ) * BOTH
);

/// @dev Computes the rights of all. In a cycle, models have what no member of it, and no ancestor of one, withholds: the greatest
/// rights that satisfy all edges, found by starting from everything and taking away until nothing changes.
function ascendAll(State memory state) pure {
    for (uint256 i = state.order.length; i > 0; --i) ascend(state, valueAt(state.order, i - 1));
    if (state.cyclic) settleRights(state);
}

/// @dev Computes the rights of a model.
function ascend(State memory state, uint256 index) pure {
    LineageModel memory model = state.models[index];
    if (!isAlive(model)) return; // It grants nothing: all lanes stay empty.

    Standing standing = standingAt(state, index).withOwn(
        asLabeled(state, index, model, ownRights(state, index, model))
    );
    putStanding(state, index, standing.withRights(standing.own(), EVERYTHING));
    if (state.cyclic) return;
    LineageEdge[] memory parents = model.parents;
    for (uint256 j = 0; j < parents.length; ++j) narrow(state, index, model, edgeAt(parents, j));
}

/// @dev In a cycle, looks at the edges to a model's children when it does not start with all rights, and again only when it has
/// lost some.
function settleRights(State memory state) pure {
    Worklist.List memory waiting = state.waiting;
    for (uint256 i = state.order.length; i > 0; --i) {
        uint256 index = valueAt(state.order, i - 1);
        if (standingAt(state, index).rights() != EVERYTHING) waiting.add(index);
    }
    while (!waiting.isEmpty()) {
        uint256 index = waiting.take();
        uint256 end = valueAt(state.firstLinks, index + 1);
        for (uint256 k = valueAt(state.firstLinks, index); k < end; ++k) {
            LineageEdge link = edgeAt(state.links, k);
            uint256 child = link.childOf();
            if (narrow(state, child, state.models[child], link)) waiting.add(child);
        }
    }
}

/// @dev What the licensee has at a model by its terms and by credentials.
function ownRights(State memory state, uint256 index, LineageModel memory model) pure returns (Lanes own) {
    address licensee = state.query.licensee;
    if (isOwn(model.record.publisher(), licensee) || isIdentified(state, model)) return EVERYTHING;
    own = asSaid(state, model, model.record.registeredAt(), rightsOfTerms(state, model.terms));
    if (model.credentials.length != 0) own = own | holdingOf(state, index, licensee).granted();
}

/// @dev Whether a model is an external parent that is bound to registered models alone. It has no terms of its own, so that it
/// withholds nothing itself. A binding to what nobody registered says nothing.
function isIdentified(State memory state, LineageModel memory model) pure returns (bool) {
    LineageEdge[] memory parents = model.parents;
    if (model.record.exists() || parents.length == 0) return false;
    for (uint256 j = 0; j < parents.length; ++j) {
        if (!state.models[parents[j].parentOf()].record.exists()) return false;
    }
    return true;
}

/// @dev Takes from a model what the edge to one of its parents does not let through. Returns whether that was anything.
function narrow(State memory state, uint256 index, LineageModel memory model, LineageEdge link) pure returns (bool) {
    Standing standing = standingAt(state, index);
    Lanes before = standing.ceiling();
    if (before == NOTHING) return false;
    Standing parent = standingAt(state, link.parentOf());
    Lanes ceiling = parent.rights();
    // A parent that grants every gate lets all its rights through, and nothing else if its publisher could not add to
    // them. Saves reading most edges of open models.
    bool adds = (before & parent.ceiling()).without(ceiling) != NOTHING && lends(state, model, link.parentOf());
    if (adds || state.withoutCommerce || GATES.without(ceiling) != NOTHING) {
        readEdge(state, model, link);
        ceiling = through(state.edge);
    }
    ceiling = ceiling & before;
    if (ceiling == before) return false;
    putStanding(state, index, standing.withRights(standing.own() & ceiling, ceiling));
    return true;
}

/// @dev Whether the publisher of `child` may have more of the model at `index` than everybody has: it is its own work, or somebody
/// holds credentials for it.
function lends(State memory state, LineageModel memory child, uint256 index) pure returns (bool) {
    LineageModel memory parent = state.models[index];
    return parent.credentials.length != 0 || isOwn(parent.record.publisher(), child.record.publisher());
}

/// @dev What the publisher of `child` may pass on from the model at `index`.
function passOf(State memory state, LineageModel memory child, uint256 index) pure returns (Lanes pass) {
    (pass, ) = lentBy(state, child, index);
}

/// @dev What the publisher of `child` may pass on from the model at `index`, and what it may do with it itself.
function lentBy(State memory state, LineageModel memory child, uint256 index) pure returns (Lanes pass, Lanes grants) {
    LineageModel memory parent = state.models[index];
    address publisher = child.record.publisher();
    if (isOwn(parent.record.publisher(), publisher)) {
        pass = isCertainlyOwnWork(state, child, parent) ? EVERYTHING : EVERYTHING.doubted();
        return (pass, pass);
    }
    if (parent.credentials.length == 0) return (NOTHING, NOTHING);
    Holding holding = holdingOf(state, index, publisher);
    return (holding.passed(), holding.granted());
}

/// @dev Computes the edge from `child` to one of its parents.
function readEdge(State memory state, LineageModel memory child, LineageEdge link) pure {
    Edge memory edge = state.edge;
    uint256 index = link.parentOf();
    Standing standing = standingAt(state, index);
    Relation relation = link.relationOf();
    (Lanes pass, Lanes grants) = lentBy(state, child, index);
    edge.binding = link.isBinding();
    edge.required = requiredFor(relation);
    edge.derivative = makesDerivative(state, index, relation, pass);
    edge.keptFromCommerce = isKeptFromCommerce(state, index, relation, pass | grants);
    edge.pass = pass;
    edge.grants = grants;
    edge.flow = standing.rights() | (pass & standing.ceiling());
    edge.making = edge.flow | (grants & standing.ceiling());
}

/// @dev What an edge leaves of the flow.
function through(Edge memory edge) pure returns (Lanes flow) {
    if (edge.binding) return edge.flow;
    Lanes making = edge.making;
    flow = edge.flow & where(making, edge.required);
    if (!isDerivation(edge)) return flow;
    Lanes shared = where(flow, Rights.REDISTRIBUTE_DERIVATIVES) | EVERYTHING.without(edge.derivative);
    Lanes commercial = edge.keptFromCommerce ? NOTHING : where(making, Rights.COMMERCIAL_MODIFY);
    flow = flow & (commercial | both(Rights.ALL ^ COMMERCIAL_USES));
    flow = flow & (shared | both(Rights.ALL ^ PASSING_ON_USES));
}

/// @dev Whether the outputs of the model at `index`, from which a student is distilled, are not for commerce, and its publisher
/// holds no more.
function isKeptFromCommerce(State memory state, uint256 index, Relation relation, Lanes held) pure returns (bool) {
    if (relation != Relation.Distillation || !state.withoutCommerce) return false;
    if (state.terms[state.models[index].terms].body.flags & TermsFlags.STUDENTS_WITHOUT_COMMERCE == 0) return false;
    return held.possible() & Rights.COMMERCIAL_MODIFY == 0;
}

/// @dev Passes the rights that `child` lacks because of one parent on to that parent, and returns what the parent lacks for the
/// child to be made from it and to be passed on. Returns whether the parent is now wanted for more.
function blame(
    State memory state,
    LineageModel memory child,
    LineageEdge link,
    uint256 missing
) pure returns (bool more, uint256 making, uint256 flow) {
    uint256 index = link.parentOf();
    if (!lends(state, child, index)) {
        // In a cycle, all that is wanted is known before the explanations, and an edge that lends nothing has none.
        if (state.cyclic && !state.silent) return (false, 0, 0);
        Lanes lanes = standingAt(state, index).rights();
        // The edge lets all the parent's rights through, so what fails is what the parent lacks.
        if (!state.withoutCommerce && GATES.without(lanes) == NOTHING)
            return (want(state, index, missing & ~lanes.sure(), 0), 0, 0);
    }
    readEdge(state, child, link);
    Edge memory edge = state.edge;
    uint256 failing = missing & ~through(edge).sure();
    if (failing == 0) return (false, 0, 0);

    uint256 flowing = edge.flow.sure();
    uint256 makes = edge.making.sure();
    flow = failing & ~flowing;
    making = edge.binding ? 0 : edge.required & ~makes;
    if (isDerivation(edge)) {
        if (failing & PASSING_ON_USES != 0 && edge.derivative != NOTHING)
            flow |= Rights.REDISTRIBUTE_DERIVATIVES & ~flowing;
        if (failing & COMMERCIAL_USES != 0) making |= Rights.COMMERCIAL_MODIFY & ~makes;
    }
    // Rights that the publisher's credentials give are missing at the parent's ancestors. All others may be missing
    // at the parent.
    uint256 passed = edge.pass.sure();
    uint256 lent = passed | edge.grants.sure();
    more = want(state, index, (flow & ~passed) | (making & ~lent), (flow & passed) | (making & lent));
    flow &= ~passed;
    making &= ~lent;
}

/// @dev Marks rights as wanted from a model and from its ancestors. Returns whether that added any.
function want(State memory state, uint256 index, uint256 wanted, uint256 ceiling) pure returns (bool) {
    Standing before = standingAt(state, index);
    Standing standing = before.withWanted(wanted, ceiling);
    putStanding(state, index, standing);
    return Standing.unwrap(standing) != Standing.unwrap(before);
}

/// @dev Rights that are wanted of a model, by the licensee or its publisher, and that its parents do not let through.
function missingAt(State memory state, uint256 index) pure returns (uint256) {
    Standing standing = standingAt(state, index);
    return (standing.wanted() | standing.wantedCeiling()) & ~standing.ceiling().sure();
}

/// @dev The right that it takes to make a model from a parent by a relation. A copy or a format conversion does not change
/// the model.
function requiredFor(Relation relation) pure returns (uint256) {
    if (relation == Relation.Copy || relation == Relation.Conversion) return Rights.REDISTRIBUTE;
    return relation == Relation.Distillation ? Rights.DISTILL : Rights.MODIFY;
}

/// @dev Whether an edge changes the model, and so requires more than the right to pass it on.
function isDerivation(Edge memory edge) pure returns (bool) {
    return edge.required != Rights.REDISTRIBUTE;
}

/// @dev The lanes, whole, in which an edge makes a derivative of the parent at `index`: a student is one only where a license says
/// so.
function makesDerivative(State memory state, uint256 index, Relation relation, Lanes pass) pure returns (Lanes) {
    if (relation == Relation.Copy || relation == Relation.Conversion) return NOTHING;
    return relation == Relation.Distillation ? studentDerives(state, index, pass) : EVERYTHING;
}

/// @dev All bits of each lane that has `right`, a single right.
function where(Lanes lanes, uint256 right) pure returns (Lanes) {
    // At most one bit is set per lane, so nothing carries from one lane into the other.
    unchecked {
        return Lanes.wrap(((Lanes.unwrap(lanes) / right) & BOTH) * ((1 << LANE) - 1));
    }
}
