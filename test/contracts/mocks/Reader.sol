// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/// @dev Measures what a read costs another contract: the gas of one STATICCALL, including the cold account and cold
/// words.
contract Reader {
    error ReadFailed();

    function gasOf(address target, bytes calldata data) external view returns (uint256 gasUsed, bytes memory result) {
        bytes memory input = data;
        bool success;
        uint256 before = gasleft();
        assembly {
            success := staticcall(gas(), target, add(input, 0x20), mload(input), 0, 0)
        }
        gasUsed = before - gasleft();
        if (!success) revert ReadFailed();
        assembly {
            result := mload(0x40)
            mstore(result, returndatasize())
            returndatacopy(add(result, 0x20), 0, returndatasize())
            mstore(0x40, add(add(result, 0x20), returndatasize()))
        }
    }
}
