// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/**
 * @dev Checks a signature of any account: as a key's first, then by ERC-1271. OpenZeppelin's `SignatureChecker` looks at
 * the account's code first. Trying the key first lets an account that has delegated to a contract (EIP-7702) keep signing
 * with its key, and saves plain accounts a cold read of their code. It is safe because nobody can find a key for a
 * contract's address.
 */
library AccountSignature {
    function isValid(address account, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        (address recovered, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(digest, signature);
        if (failure == ECDSA.RecoverError.NoError && recovered == account) return true;
        return SignatureChecker.isValidERC1271SignatureNowCalldata(account, digest, signature);
    }
}
