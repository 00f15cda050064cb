// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

// Written by tools/generate-vocabulary.ts from src/core/vocabulary.ts: change the words there.

/// @dev Bits of a mask of rights. The order is part of every id: never change it.
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
    uint32 internal constant ALL = 2047;
}

/// @dev Bits of a mask of obligations. The order is part of every id: never change it.
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
    uint32 internal constant NOTIFY_LICENSOR = 1 << 10;
    uint32 internal constant ALL = 2047;
}

/// @dev Bits of the flags of terms: a set of terms, and what a license says of itself. The order is part of every id: never change it.
library TermsFlags {
    uint16 internal constant AUTOMATIC_GRANT = 1 << 1;
    uint16 internal constant FORBIDS_FURTHER = 1 << 2;
    uint16 internal constant IMPOSES_FURTHER = 1 << 3;
    uint16 internal constant STUDENTS_DERIVE = 1 << 4;
    uint16 internal constant OUTPUTS_DERIVE = 1 << 5;
    uint16 internal constant SET = 1 << 0;
    uint16 internal constant STUDENTS_WITHOUT_COMMERCE = 1 << 6;
    uint16 internal constant ALL = 127;
}

/// @dev Bits of the flags of a threshold. The order is part of every id: never change it.
library ThresholdFlags {
    uint8 internal constant DOUBTFUL = 1 << 0;
    uint8 internal constant ALL = 1;
}

/// @dev Families of licenses: 1 permissive, 2 apache-2.0, 3 mpl-2.0, 4 epl-2.0, 5 eupl-1.2, 6 lgpl-2.1, 7 lgpl-3.0, 8 gpl-2.0, 9 gpl-3.0, 10 agpl-3.0, 11 osl-3.0, 12 ms-pl, 13 artistic-2.0, 14 gfdl, 15 cdla-sharing-1.0, 16 odbl-1.0, 17 odc-by-1.0, 18 cc-by, 19 cc-by-sa, 20 cc-by-nc, 21 cc-by-nc-sa, 22 cc-by-nd, 23 cc-by-nc-nd, 24 rail, 25 vendor, 26 research, 27 proprietary, 28 dinov3, 29 sam, 30 all-rights-reserved, 31 gpl-2.0-or-later, 32 gpl-3.0-or-later, 33 agpl-3.0-or-later, 34 lgpl-2.1-or-later, 35 lgpl-3.0-or-later, 36 cc-by-sa-3.0, 37 cc-by-nc-sa-3.0, 38 epl-1.0, 39 eupl-1.1, 40 ofl-1.1, 41 lppl-1.3c, 42 lgpl-lr, 43 stability-nc, 44 fair-nc.
library Families {
    /// @dev The highest code that a family can have.
    uint8 internal constant LAST = 125;

    /// @dev Every family, bit n for family n.
    uint128 internal constant ALL = 85070591730234615865843651857942052862;

    /// @dev The families whose licenses demand share-alike, bit n for family n.
    uint128 internal constant ALIKE = 32984009396216;
}

/// @dev The highest metric that a threshold may name. 1 monthlyActiveUsers, 2 dailyActiveUsers, 3 monthlyRevenueUsd, 4 annualRevenueUsd, 5 annualRecurringRevenueUsd, 6 inTerritory, 7 withoutAgreement, 8 commercialEntity.
uint8 constant LAST_METRIC = 8;
