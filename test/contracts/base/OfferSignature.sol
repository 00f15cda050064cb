// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {Offer} from "../../../contracts/licensing/ILicenseCredential.sol";
import {Vm} from "./Test.sol";

/// @dev Signs offers of credentials.
library OfferSignature {
    Vm private constant VM = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

    /// @dev The signature of `key` under an offer for the chain as it is now.
    function sign(address credentials, uint256 key, Offer memory offer) internal view returns (bytes memory) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Stemma License Credential"),
                keccak256("1"),
                block.chainid,
                credentials
            )
        );
        // The struct is flat, so the encoding of the grant inside is that of its members.
        bytes32 struct_ = keccak256(
            abi.encode(
                keccak256(
                    "Offer(bytes32 model,bytes32 tier,address holder,uint40 validFrom,uint40 validUntil,bytes32 payment,bytes32 agreement,uint16 lifts,uint32 epoch,uint48 deadline)"
                ),
                offer
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, keccak256(abi.encodePacked(hex"1901", domain, struct_)));
        return abi.encodePacked(r, s, v);
    }
}
