// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/**
 * @dev Checks a signature of any account. The key is tried first, then ERC-1271. Unlike OpenZeppelin's `SignatureChecker`,
 * which asks for the account's code first, this lets the key of an account that has delegated to a contract (EIP-7702) go
 * on signing, and costs a plain account no cold read of its code. No key can be found for a contract's address, so a
 * contract's signature is never mistaken for a key's.
 */
library AccountSignature {
    function isValid(address account, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        (address recovered, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(digest, signature);
        if (failure == ECDSA.RecoverError.NoError && recovered == account) return true;
        return SignatureChecker.isValidERC1271SignatureNowCalldata(account, digest, signature);
    }
}
