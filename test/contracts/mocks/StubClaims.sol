// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {AttestedParent} from "../../../contracts/claims/ILineageClaims.sol";
import {ModelId} from "../../../contracts/types/Ids.sol";

/// @dev Returns the number of accepted claims that a test sets, and no attested parents.
contract StubClaims {
    mapping(bytes32 subject => uint256) public acceptedClaimsOf;

    function setAccepted(bytes32 subject, uint256 count) external {
        acceptedClaimsOf[subject] = count;
    }

    function attestedParentsOf(ModelId) external pure returns (AttestedParent[] memory) {
        return new AttestedParent[](0);
    }
}
