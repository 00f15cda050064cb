// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ModelId} from "./Ids.sol";

/// @dev The type of a parent that nobody registered. Its struct hash has a type of its own, so it can never be the id of a
/// registration.
bytes32 constant EXTERNAL_TYPEHASH = keccak256("External(string name)");

/// @dev The id of the external parent called `name`: `tensors:` and the digest of its tensors in lower-case hex, or `hf:` and
/// its name on the Hugging Face Hub in lower case. The form is not checked here.
function externalId(string memory name) pure returns (ModelId) {
    return ModelId.wrap(keccak256(abi.encode(EXTERNAL_TYPEHASH, keccak256(bytes(name)))));
}
