// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ModelId} from "../types/Ids.sol";
import {Relation} from "../types/Registration.sol";
import {AttestedParent, EvidenceGrade} from "./ILineageClaims.sol";

/// @dev The most attested parents that a model may have.
uint256 constant MAX_ATTESTED = 32;

/// @dev The most attested parents that a model's publisher may add, so that it always leaves room for rulings.
uint256 constant MAX_BY_PUBLISHER = 8;

/// @dev The attested parents of one model. Reading an empty list takes one word.
struct AttestedList {
    uint8 count; // slot 0, byte 0
    uint8 byPublisher; // slot 0, byte 1
    uint8 replaced; // slot 0, byte 2: bit i stands for the declared parent at index i, which a ruling replaced
    AttestedParent[MAX_ATTESTED] parents; // slots 1-64: two per parent, its id and then the other fields
}

/// @dev Finds, adds, strengthens and removes the attested edges of a model.
library AttestedEdges {
    /// @dev The position of `parent`, or the number of parents when it is not in the list.
    function find(AttestedList storage list, ModelId parent) internal view returns (uint256 index, bool found) {
        uint256 count = list.count;
        for (; index < count; ++index) {
            if (list.parents[index].model == parent) return (index, true);
        }
    }

    /// @dev Whether there is room for another parent.
    function hasRoom(AttestedList storage list, bool byPublisher) internal view returns (bool) {
        return list.count < MAX_ATTESTED && (!byPublisher || list.byPublisher < MAX_BY_PUBLISHER);
    }

    /// @dev Adds a parent. The caller checks that there is room.
    function add(AttestedList storage list, AttestedParent memory parent, bool byPublisher) internal {
        uint8 count = list.count;
        list.parents[count] = parent;
        list.count = count + 1;
        if (byPublisher) ++list.byPublisher;
    }

    /// @dev Removes the parent at `index`, which the publisher added. The order of the others stays. The caller checks
    /// that the edge is detachable.
    function remove(AttestedList storage list, uint256 index) internal {
        uint8 last = list.count - 1;
        for (; index < last; ++index) list.parents[index] = list.parents[index + 1];
        delete list.parents[last];
        list.count = last;
        --list.byPublisher;
    }

    /// @dev Whether an edge is still only the publisher's own word: no claim, parent's publisher or ruling confirmed it.
    function isDetachable(AttestedParent memory edge) internal pure returns (bool) {
        return edge.grade == EvidenceGrade.Acknowledged && !edge.undisclosed;
    }

    /// @dev Returns an edge after a claim for it by `relation` reached `grade`. The grade only grows, and the edge stays
    /// marked as undisclosed. The claim's relation replaces the old one if the claim has the higher grade, or if the
    /// publisher acknowledges it in place of a relation that it attested on its own.
    function strengthened(
        AttestedParent memory edge,
        Relation relation,
        EvidenceGrade grade
    ) internal pure returns (AttestedParent memory result) {
        bool isBetter = grade > edge.grade || (grade == edge.grade && !edge.undisclosed);
        result.model = edge.model;
        result.relation = isBetter ? relation : edge.relation;
        result.grade = grade > edge.grade ? grade : edge.grade;
        result.undisclosed = true;
        result.attestedAt = edge.attestedAt;
    }

    /// @dev Whether two states of one edge are equal, except for their time.
    function isSame(AttestedParent memory a, AttestedParent memory b) internal pure returns (bool) {
        return a.relation == b.relation && a.grade == b.grade && a.undisclosed == b.undisclosed;
    }
}
