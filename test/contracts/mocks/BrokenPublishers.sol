// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/// @dev A registry of publishers that says "yes" in an invalid way: in its revert data, or in less than a word.
contract BrokenPublishers {
    bool private immutable _REVERTS;

    constructor(bool reverts) {
        _REVERTS = reverts;
    }

    fallback() external {
        bool reverts = _REVERTS;
        assembly {
            mstore(0, 1)
            if reverts {
                revert(0, 0x20)
            }
            return(1, 0x1f)
        }
    }
}
