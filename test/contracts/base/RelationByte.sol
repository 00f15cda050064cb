// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {Part} from "../../../contracts/types/ParentRelation.sol";
import {Relation} from "../../../contracts/types/Registration.sol";

/// @dev Writes the byte that {ParentRelation} reads.
library RelationByte {
    /// @dev The byte: the relation, 16 times the part, and 128 for an external parent.
    function encode(Relation relation, Part part, bool isExternal) internal pure returns (uint8) {
        return uint8(relation) + 16 * uint8(part) + (isExternal ? 128 : 0);
    }
}
