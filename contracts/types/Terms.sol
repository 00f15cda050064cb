// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ModelId, TermsId, TierId} from "./Ids.sol";

/**
 * @dev What changes for a licensee whose measure exceeds `limit`: it loses the rights in `withdraws`, and each use in `uses`
 * raises the obligations in `adds`. `metric`, `subject` and `param` name the measure: see {Topics}. Takes one storage slot.
 */
struct Threshold {
    uint8 metric; // bits 0-7: 1 to LAST_METRIC
    uint8 subject; // bits 8-15: whose measure it is, by code; 0 is the licensee's
    uint128 limit; // bits 16-143: in the metric's own unit, persons or whole US dollars
    uint16 withdraws; // bits 144-159: rights
    uint16 adds; // bits 160-175: obligations
    uint16 uses; // bits 176-191: the uses, as rights, that raise `adds`
    uint32 param; // bits 192-223: a territory, a licensor or a release day; 0 is none
    uint8 flags; // bits 224-231: none is defined, so it is zero
}

/**
 * @dev A license in machine-readable form.
 *
 * - `name`: SPDX id, or the name by which the license is known.
 * - `uri`: where the text is.
 * - `text`: SHA-256 of the text, zero when the text was not available.
 * - `flags`: see {TermsFlags}.
 * - `family`: licenses that are compatible in the same way, 1 to LAST_FAMILY; zero when none is stated.
 * - `outbound`: the families under which a derivative may be passed on, bit n for family n; zero when none is stated.
 * - `duties`: the obligations that each use raises: see {Duties}.
 */
struct Terms {
    string name;
    string uri;
    bytes32 text;
    uint16 rights;
    uint16 flags;
    uint8 family;
    uint128 outbound;
    uint256 duties;
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
    uint16 rights;
    uint16 unstated;
    uint16 flags;
    uint8 family;
    uint128 outbound;
    uint256 duties;
    Threshold[] thresholds;
}

/**
 * @dev Terms that a publisher offers for a model.
 *
 * - `terms`: what the holder of a credential may do.
 * - `passThrough`: which of these rights the holder may pass on to users of its derived models.
 * - `open`: anybody may obtain a credential without the publisher's approval.
 * - `subCredentials`: the holder of a credential may issue others of this tier under its own (see {ILicenseCredential}).
 * - `maxDuration`: longest validity of a credential in seconds, zero for no limit.
 * - `callQuota`, `tokenQuota`: total calls and tokens allowed under one credential, zero for no limit.
 * - `name`: such as "Commercial Fine-Tuning".
 */
struct Tier {
    ModelId model;
    TermsId terms;
    uint32 passThrough;
    bool open;
    bool subCredentials;
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

/// @dev The duties of terms in one word: 16 lanes of 16 bits, and lane n holds the obligations that the use of bit n raises.
/// The lanes of undefined uses, and the bits of undefined obligations, are zero.
library Duties {
    /// @dev Bits of a lane.
    uint256 internal constant LANE = 16;

    /// @dev The lanes of the defined uses.
    uint256 private constant USES = 11;

    /// @dev Multiplying obligations by this puts them into the lane of each defined use.
    uint256 internal constant EACH = ((1 << (LANE * USES)) - 1) / ((1 << LANE) - 1);

    uint256 internal constant ALL = EACH * Obligations.ALL;

    /// @dev The word in which each of `uses` raises `obligations`.
    function lanesOf(uint256 obligations, uint256 uses) internal pure returns (uint256 duties) {
        // Neither can overflow: there are at most 256 uses.
        unchecked {
            for (uint256 shift = 0; uses != 0; shift += LANE) {
                if (uses & 1 != 0) duties |= obligations << shift;
                uses >>= 1;
            }
        }
    }

    /// @dev The obligations that at least one of `uses` raises.
    function raisedBy(uint256 duties, uint256 uses) internal pure returns (uint256 obligations) {
        // Neither can overflow: there are at most 256 uses.
        unchecked {
            for (uint256 shift = 0; uses != 0; shift += LANE) {
                if (uses & 1 != 0) obligations |= duties >> shift;
                uses >>= 1;
            }
        }
        return obligations & Obligations.ALL;
    }
}

/// @dev Bits of the flags of terms. The order is part of every id: never change it.
library TermsFlags {
    uint16 internal constant SET = 1 << 0; // a set of terms, which no template states
    uint16 internal constant AUTOMATIC_GRANT = 1 << 1; // the licensor grants to every recipient
    uint16 internal constant FORBIDS_FURTHER = 1 << 2; // no further restrictions on recipients
    uint16 internal constant IMPOSES_FURTHER = 1 << 3; // imposes such restrictions
    uint16 internal constant STUDENTS_DERIVE = 1 << 4; // a distilled model is a derivative
    uint16 internal constant OUTPUTS_DERIVE = 1 << 5; // an output is a derivative
    uint16 internal constant ALL = (1 << 6) - 1;
}

/// @dev Addresses of measures. A fact says the value of one, and a threshold compares one with its limit.
library Topics {
    /// @dev The topic of a threshold: the metric in bits 0-7, the subject in bits 8-15, the parameter in bits 16-47. So the
    /// topic of a metric of the licensee, without a parameter, is the metric.
    function topicOf(Threshold memory threshold) internal pure returns (uint64) {
        return threshold.metric | (uint64(threshold.subject) << 8) | (uint64(threshold.param) << 16);
    }

    /// @dev Whether a threshold can have the topic.
    function isDefined(uint64 topic) internal pure returns (bool) {
        uint8 metric = uint8(topic);
        return topic >> 48 == 0 && metric != 0 && metric <= LAST_METRIC;
    }
}

/// @dev The highest family of terms: each has a bit in {Terms-outbound}.
uint8 constant LAST_FAMILY = 127;

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
        "Threshold(uint8 metric,uint8 subject,uint128 limit,uint16 withdraws,uint16 adds,uint16 uses,uint32 param,uint8 flags)"
    );

    bytes32 internal constant TERMS_TYPEHASH = keccak256(
        "Terms(string name,string uri,bytes32 text,uint16 rights,uint16 flags,uint8 family,uint128 outbound,uint256 duties,Threshold[] thresholds)Threshold(uint8 metric,uint8 subject,uint128 limit,uint16 withdraws,uint16 adds,uint16 uses,uint32 param,uint8 flags)"
    );

    bytes32 internal constant TERMS_SET_TYPEHASH = keccak256("TermsSet(bytes32 weights,bytes32 code,bytes32 outputs)");

    bytes32 internal constant TIER_TYPEHASH = keccak256(
        "Tier(bytes32 model,bytes32 terms,uint32 passThrough,bool open,bool subCredentials,uint40 maxDuration,uint64 callQuota,uint64 tokenQuota,string name,string uri)"
    );

    /// @dev The id of a terms template.
    function id(Terms calldata terms) internal pure returns (TermsId) {
        bytes32[] memory hashes = new bytes32[](terms.thresholds.length);
        for (uint256 i = 0; i < hashes.length; ++i) {
            hashes[i] = keccak256(abi.encode(THRESHOLD_TYPEHASH, terms.thresholds[i]));
        }
        // Encoded in two parts, as one has too many values for the stack.
        bytes memory texts = abi.encode(
            TERMS_TYPEHASH,
            keccak256(bytes(terms.name)),
            keccak256(bytes(terms.uri)),
            terms.text
        );
        bytes memory body = abi.encode(
            terms.rights,
            terms.flags,
            terms.family,
            terms.outbound,
            terms.duties,
            keccak256(abi.encodePacked(hashes))
        );
        return TermsId.wrap(keccak256(bytes.concat(texts, body)));
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
                        tier.subCredentials,
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
