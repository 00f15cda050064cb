// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ModelId} from "../types/Ids.sol";
import {Relation} from "../types/Registration.sol";
import {AttestedParent, EvidenceGrade} from "./ILineageClaims.sol";

/// @dev The most attested parents that a model may have.
uint256 constant MAX_ATTESTED = 32;

/// @dev The most attested parents that a model's publisher may add, so that it always leaves room for rulings.
uint256 constant MAX_BY_PUBLISHER = 8;

/**
 * @dev The attested parents of one model. Reading an empty list takes one word, and the first parent one more: what is said of
 * it beside its id is in the word of the counts. Said of a parent, in 64 bits: the relation (0-7), the grade (8-15), whether it
 * was undisclosed (16), and when it was attested (24-63).
 */
struct AttestedList {
    uint8 count; // slot 0, byte 0
    uint8 byPublisher; // slot 0, byte 1
    uint8 replaced; // slot 0, byte 2: bit i stands for the declared parent at index i, which a ruling replaced
    uint64 first; // said of the first parent
    ModelId[MAX_ATTESTED] models; // slots 1-32
    uint64[MAX_ATTESTED - 1] others; // slots 33-40: said of the others
}

/// @dev Finds, adds, strengthens and removes the attested edges of a model.
library AttestedEdges {
    using AttestedEdges for AttestedList;

    /// @dev The position of `parent`, or the number of parents when it is not in the list.
    function find(AttestedList storage list, ModelId parent) internal view returns (uint256 index, bool found) {
        uint256 count = list.count;
        for (; index < count; ++index) {
            if (list.models[index] == parent) return (index, true);
        }
    }

    /// @dev All parents.
    function all(AttestedList storage list) internal view returns (AttestedParent[] memory parents) {
        uint256 count = list.count;
        // Elements are pointers, and each is set below. `new` would allocate an empty parent for each.
        assembly ("memory-safe") {
            parents := mload(0x40)
            mstore(0x40, add(parents, shl(5, add(count, 1))))
            mstore(parents, count)
        }
        for (uint256 i = 0; i < count; ++i) parents[i] = list.get(i);
    }

    /// @dev The parent at `index`, empty where there is none.
    function get(AttestedList storage list, uint256 index) internal view returns (AttestedParent memory parent) {
        uint64 stated = index == 0 ? list.first : list.others[index - 1];
        parent.model = list.models[index];
        parent.relation = Relation(uint8(stated));
        parent.grade = EvidenceGrade(uint8(stated >> 8));
        parent.undisclosed = uint8(stated >> 16) != 0;
        parent.attestedAt = uint40(stated >> 24);
    }

    /// @dev Changes what is said of the parent at `index`.
    function update(AttestedList storage list, uint256 index, AttestedParent memory parent) internal {
        uint64 undisclosed = parent.undisclosed ? 1 << 16 : 0;
        uint64 stated = uint64(parent.relation) | (uint64(parent.grade) << 8) | undisclosed;
        stated |= uint64(parent.attestedAt) << 24;
        if (index == 0) list.first = stated;
        else list.others[index - 1] = stated;
    }

    /// @dev Whether there is room for another parent.
    function hasRoom(AttestedList storage list, bool byPublisher) internal view returns (bool) {
        return list.count < MAX_ATTESTED && (!byPublisher || list.byPublisher < MAX_BY_PUBLISHER);
    }

    /// @dev Adds a parent. The caller checks that there is room.
    function add(AttestedList storage list, AttestedParent memory parent, bool byPublisher) internal {
        uint8 count = list.count;
        list.models[count] = parent.model;
        list.update(count, parent);
        list.count = count + 1;
        if (byPublisher) ++list.byPublisher;
    }

    /// @dev Removes the parent at `index`, which the publisher added. The order of the others stays. The caller checks
    /// that the edge is detachable.
    function remove(AttestedList storage list, uint256 index) internal {
        uint8 last = list.count - 1;
        for (; index < last; ++index) {
            list.models[index] = list.models[index + 1];
            list.update(index, list.get(index + 1));
        }
        AttestedParent memory none;
        list.models[last] = none.model;
        list.update(last, none);
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
