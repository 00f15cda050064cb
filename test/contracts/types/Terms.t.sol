// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ModelId, TermsId, TierId} from "../../../contracts/types/Ids.sol";
import {Terms, TermsHash, TermsSet, Threshold, Tier} from "../../../contracts/types/Terms.sol";
import {Test} from "../base/Test.sol";

contract TermsHashHarness {
    function idOfTerms(Terms calldata terms) external pure returns (TermsId) {
        return TermsHash.id(terms);
    }

    function idOfSet(TermsSet calldata set) external pure returns (TermsId) {
        return TermsHash.id(set);
    }

    function idOfTier(Tier calldata tier) external pure returns (TierId) {
        return TermsHash.id(tier);
    }
}

contract TermsHashTest is Test {
    TermsHashHarness private _harness;

    function setUp() public {
        _harness = new TermsHashHarness();
    }

    function testFuzz_terms_hashAsEip712(Terms memory terms) public view {
        bytes memory hashes;
        for (uint256 i = 0; i < terms.thresholds.length; ++i) {
            Threshold memory threshold = terms.thresholds[i];
            bytes32 hash = keccak256(
                bytes.concat(
                    keccak256(
                        "Threshold(uint8 metric,uint8 subject,uint128 limit,uint16 withdraws,uint16 adds,uint16 uses,uint32 param,uint8 flags)"
                    ),
                    bytes32(uint256(threshold.metric)),
                    bytes32(uint256(threshold.subject)),
                    bytes32(uint256(threshold.limit)),
                    bytes32(uint256(threshold.withdraws)),
                    bytes32(uint256(threshold.adds)),
                    bytes32(uint256(threshold.uses)),
                    bytes32(uint256(threshold.param)),
                    bytes32(uint256(threshold.flags))
                )
            );
            hashes = bytes.concat(hashes, hash);
        }
        bytes32 expected = keccak256(
            bytes.concat(
                keccak256(
                    "Terms(string name,string uri,bytes32 text,uint16 rights,uint16 flags,uint8 family,uint128 outbound,uint256 duties,Threshold[] thresholds)Threshold(uint8 metric,uint8 subject,uint128 limit,uint16 withdraws,uint16 adds,uint16 uses,uint32 param,uint8 flags)"
                ),
                keccak256(bytes(terms.name)),
                keccak256(bytes(terms.uri)),
                terms.text,
                bytes32(uint256(terms.rights)),
                bytes32(uint256(terms.flags)),
                bytes32(uint256(terms.family)),
                bytes32(uint256(terms.outbound)),
                bytes32(terms.duties),
                keccak256(hashes)
            )
        );
        assertEq(TermsId.unwrap(_harness.idOfTerms(terms)), expected, "terms");
    }

    function testFuzz_set_hashesAsEip712(bytes32 weights, bytes32 code, bytes32 outputs) public view {
        TermsSet memory set = TermsSet(TermsId.wrap(weights), TermsId.wrap(code), TermsId.wrap(outputs));
        bytes32 typehash = keccak256("TermsSet(bytes32 weights,bytes32 code,bytes32 outputs)");
        bytes32 expected = keccak256(bytes.concat(typehash, weights, code, outputs));
        assertEq(TermsId.unwrap(_harness.idOfSet(set)), expected, "set");
    }

    function testFuzz_tier_hashesAsEip712(Tier memory tier) public view {
        bytes32 expected = keccak256(
            bytes.concat(
                keccak256(
                    "Tier(bytes32 model,bytes32 terms,uint32 passThrough,bool open,bool subCredentials,uint40 maxDuration,uint64 callQuota,uint64 tokenQuota,string name,string uri)"
                ),
                ModelId.unwrap(tier.model),
                TermsId.unwrap(tier.terms),
                bytes32(uint256(tier.passThrough)),
                bytes32(uint256(tier.open ? 1 : 0)),
                bytes32(uint256(tier.subCredentials ? 1 : 0)),
                bytes32(uint256(tier.maxDuration)),
                bytes32(uint256(tier.callQuota)),
                bytes32(uint256(tier.tokenQuota)),
                keccak256(bytes(tier.name)),
                keccak256(bytes(tier.uri))
            )
        );
        assertEq(TierId.unwrap(_harness.idOfTier(tier)), expected, "tier");
    }
}
