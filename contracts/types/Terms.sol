// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ModelId, TermsId, TierId} from "./Ids.sol";

/**
 * @dev What changes for a licensee whose `metric` exceeds `limit`: it loses the rights in `withdraws` and gains the
 * obligations in `adds`. Takes one storage slot.
 */
struct Threshold {
    uint8 metric; // bits 0-7: 1 to LAST_METRIC
    uint128 limit; // bits 8-135: in the metric's own unit, persons or whole US dollars
    uint32 withdraws; // bits 136-167: rights
    uint32 adds; // bits 168-199: obligations
}

/**
 * @dev A license in machine-readable form.
 *
 * - `name`: SPDX id, or the name by which the license is known.
 * - `uri`: where the text is.
 * - `text`: SHA-256 of the text, zero when the text was not available.
 */
struct Terms {
    string name;
    string uri;
    bytes32 text;
    uint32 rights;
    uint32 obligations;
    Threshold[] thresholds;
}

/// @dev Terms by component. Zero means that none are stated. If `outputs` is zero, the terms of `weights` apply to
/// outputs.
struct TermsSet {
    TermsId weights;
    TermsId code;
    TermsId outputs;
}

/// @dev The part of terms that an evaluation reads. `unstated` holds rights that the terms neither grant nor withhold.
struct TermsBody {
    uint32 rights;
    uint32 unstated;
    uint32 obligations;
    Threshold[] thresholds;
}

/**
 * @dev Terms that a publisher offers for a model.
 *
 * - `terms`: what the holder of a credential may do.
 * - `passThrough`: which of these rights the holder may pass on to users of its derived models.
 * - `open`: anybody may obtain a credential without the publisher's approval.
 * - `maxDuration`: longest validity of a credential in seconds, zero for no limit.
 * - `callQuota`, `tokenQuota`: total calls and tokens allowed under one credential, zero for no limit.
 * - `name`: such as "Commercial Fine-Tuning".
 */
struct Tier {
    ModelId model;
    TermsId terms;
    uint32 passThrough;
    bool open;
    uint40 maxDuration;
    uint64 callQuota;
    uint64 tokenQuota;
    string name;
    string uri;
}

/// @dev Bits of a rights mask. The order is part of every id: never change it.
library Rights {
    uint32 internal constant RESEARCH = 1 << 0;
    uint32 internal constant EDUCATION = 1 << 1;
    uint32 internal constant PERSONAL = 1 << 2;
    uint32 internal constant COMMERCIAL = 1 << 3;
    uint32 internal constant HOST = 1 << 4;
    uint32 internal constant MODIFY = 1 << 5;
    uint32 internal constant COMMERCIAL_MODIFY = 1 << 6;
    uint32 internal constant REDISTRIBUTE = 1 << 7;
    uint32 internal constant REDISTRIBUTE_DERIVATIVES = 1 << 8;
    uint32 internal constant DISTILL = 1 << 9;
    uint32 internal constant SUBLICENSE = 1 << 10;
    uint32 internal constant ALL = (1 << 11) - 1;
}

/// @dev Bits of an obligations mask. The order is part of every id: never change it.
library Obligations {
    uint32 internal constant NOTICE = 1 << 0;
    uint32 internal constant ATTRIBUTION = 1 << 1;
    uint32 internal constant STATE_CHANGES = 1 << 2;
    uint32 internal constant SHARE_ALIKE = 1 << 3;
    uint32 internal constant SOURCE = 1 << 4;
    uint32 internal constant NETWORK_SOURCE = 1 << 5;
    uint32 internal constant NAME_PREFIX = 1 << 6;
    uint32 internal constant DISPLAY_CREDIT = 1 << 7;
    uint32 internal constant USE_RESTRICTIONS = 1 << 8;
    uint32 internal constant DISCLOSE_BASE = 1 << 9;
    uint32 internal constant NO_TRADEMARK = 1 << 10;
    uint32 internal constant NOTIFY_LICENSOR = 1 << 11;
    uint32 internal constant ALL = (1 << 12) - 1;
}

/// @dev The highest metric that a threshold may name. 1: monthly active users. 2: monthly active users at the model's
/// release. 3 and 4: monthly and annual revenue in USD. 5: in a territory that the license excludes. 6: without an
/// agreement with the licensor.
uint8 constant LAST_METRIC = 6;

/// @dev The metrics 1 to this one are sizes of the licensee: zero means below every limit.
uint8 constant METRICS_OF_SIZE = 4;

/// @dev The metric that is 1 for a licensee without an agreement with the licensor.
uint8 constant WITHOUT_AGREEMENT = 6;

/// @dev The most thresholds that one terms template may have.
uint256 constant MAX_THRESHOLDS = 8;

/// @dev Hashes terms and tiers as EIP-712 does. The struct hashes are their ids.
library TermsHash {
    bytes32 internal constant THRESHOLD_TYPEHASH = keccak256(
        "Threshold(uint8 metric,uint128 limit,uint32 withdraws,uint32 adds)"
    );

    bytes32 internal constant TERMS_TYPEHASH = keccak256(
        "Terms(string name,string uri,bytes32 text,uint32 rights,uint32 obligations,Threshold[] thresholds)Threshold(uint8 metric,uint128 limit,uint32 withdraws,uint32 adds)"
    );

    bytes32 internal constant TERMS_SET_TYPEHASH = keccak256("TermsSet(bytes32 weights,bytes32 code,bytes32 outputs)");

    bytes32 internal constant TIER_TYPEHASH = keccak256(
        "Tier(bytes32 model,bytes32 terms,uint32 passThrough,bool open,uint40 maxDuration,uint64 callQuota,uint64 tokenQuota,string name,string uri)"
    );

    /// @dev The id of a terms template.
    function id(Terms calldata terms) internal pure returns (TermsId) {
        bytes32[] memory hashes = new bytes32[](terms.thresholds.length);
        for (uint256 i = 0; i < hashes.length; ++i) {
            hashes[i] = keccak256(abi.encode(THRESHOLD_TYPEHASH, terms.thresholds[i]));
        }
        return
            TermsId.wrap(
                keccak256(
                    abi.encode(
                        TERMS_TYPEHASH,
                        keccak256(bytes(terms.name)),
                        keccak256(bytes(terms.uri)),
                        terms.text,
                        terms.rights,
                        terms.obligations,
                        keccak256(abi.encodePacked(hashes))
                    )
                )
            );
    }

    /// @dev The id of a set of terms.
    function id(TermsSet calldata set) internal pure returns (TermsId) {
        return TermsId.wrap(keccak256(abi.encode(TERMS_SET_TYPEHASH, set)));
    }

    /// @dev The id of a tier.
    function id(Tier calldata tier) internal pure returns (TierId) {
        return
            TierId.wrap(
                keccak256(
                    abi.encode(
                        TIER_TYPEHASH,
                        tier.model,
                        tier.terms,
                        tier.passThrough,
                        tier.open,
                        tier.maxDuration,
                        tier.callQuota,
                        tier.tokenQuota,
                        keccak256(bytes(tier.name)),
                        keccak256(bytes(tier.uri))
                    )
                )
            );
    }
}
