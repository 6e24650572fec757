/* How far an old person looks after himself: 老年人生活自理能力评估表 of 国家基本公共卫生服务规范（第三版，2017）,
 * 老年人健康管理服务规范. Five daily activities are each judged in four degrees; the points of the printed table add
 * up to the score, and the score falls into one of four bands. Both are worked out here.
 *
 * The paper has no place for a signature; who filled it in with the old person may be noted. Identity is the resident's
 * own record and not repeated. */
#include "record/form.h"

enum { SC_DATE, SC_MEALS, SC_WASHING, SC_DRESSING, SC_TOILET, SC_MOVING, SC_SCORE, SC_BAND, SC_DOCTOR, SC_COUNT };

enum { ABLE = 1, MILD, MODERATE, UNABLE };

/* What each degree of an activity counts. */
static const int points[SC_COUNT][UNABLE + 1] = {
    [SC_MEALS] = {[ABLE] = 0, [MILD] = 0, [MODERATE] = 3, [UNABLE] = 5},
    [SC_WASHING] = {[ABLE] = 0, [MILD] = 1, [MODERATE] = 3, [UNABLE] = 7},
    [SC_DRESSING] = {[ABLE] = 0, [MILD] = 0, [MODERATE] = 3, [UNABLE] = 5},
    [SC_TOILET] = {[ABLE] = 0, [MILD] = 1, [MODERATE] = 5, [UNABLE] = 10},
    [SC_MOVING] = {[ABLE] = 0, [MILD] = 1, [MODERATE] = 5, [UNABLE] = 10},
};
enum { MOST_POINTS = 5 + 7 + 5 + 10 + 10 };

/* The highest score of each band. */
static const int band_most[UNABLE + 1] = {[ABLE] = 3, [MILD] = 8, [MODERATE] = 18, [UNABLE] = MOST_POINTS};

static const hr_field fields[SC_COUNT] = {
    [SC_DATE] = {"date", "assessment date", "评估日期", "日期", HR_FIELD_DATE, .required = true,
                 .meaning_en = "day of the assessment", .meaning_zh = "评估当日"},
    [SC_MEALS] = {"meals", "meals", "进餐", "", HR_FIELD_CODE, .required = true, .codes = hr_codes_dependence,
                  .meaning_en = "bringing food to the mouth, chewing, swallowing: 0, 0, 3 or 5 points",
                  .meaning_zh = "使用餐具将饭菜送入口、咀嚼、吞咽等：依次计 0、0、3、5 分"},
    [SC_WASHING] = {"washing", "washing", "梳洗", "", HR_FIELD_CODE, .required = true, .codes = hr_codes_dependence,
                    .meaning_en = "combing, washing the face, teeth, shaving, bathing: 0, 1, 3 or 7 points",
                    .meaning_zh = "梳头、洗脸、刷牙、剃须、洗澡等：依次计 0、1、3、7 分"},
    [SC_DRESSING] = {"dressing", "dressing", "穿衣", "", HR_FIELD_CODE, .required = true, .codes = hr_codes_dependence,
                     .meaning_en = "clothes, socks and shoes: 0, 0, 3 or 5 points",
                     .meaning_zh = "穿衣裤、袜子、鞋子等：依次计 0、0、3、5 分"},
    [SC_TOILET] = {"toilet", "toilet", "如厕", "", HR_FIELD_CODE, .required = true, .codes = hr_codes_dependence,
                   .meaning_en = "using the toilet, and continence: 0, 1, 5 or 10 points",
                   .meaning_zh = "小便、大便等活动及自控：依次计 0、1、5、10 分"},
    [SC_MOVING] = {"moving", "moving about", "活动", "", HR_FIELD_CODE, .required = true, .codes = hr_codes_dependence,
                   .meaning_en = "standing, walking indoors, stairs, outdoors: 0, 1, 5 or 10 points",
                   .meaning_zh = "站立、室内行走、上下楼梯、户外活动：依次计 0、1、5、10 分"},
    [SC_SCORE] = {"score", "score", "总评分", "总分 评分 合计得分", HR_FIELD_COUNT, .computed = true,
                  .most = MOST_POINTS, .unit = "points", .unit_zh = "分",
                  .meaning_en = "sum of the five activities' points", .meaning_zh = "五项评分之和"},
    [SC_BAND] = {"band", "degree of dependence", "评估结果", "程度等级 评估结论", HR_FIELD_CODE, .computed = true,
                 .codes = hr_codes_dependence,
                 .meaning_en = "by the score: 0-3 able, 4-8 mildly, 9-18 moderately dependent, 19-37 unable",
                 .meaning_zh = "按总评分：0–3 可自理、4–8 轻度依赖、9–18 中度依赖、19 及以上不能自理"},
    [SC_DOCTOR] = {"doctor", "assessor", "评估人", "评估医生 责任医生", HR_FIELD_TEXT, .size = 64,
                   .meaning_en = "who filled it in with him", .meaning_zh = "协助填写或核对者姓名"},
};

static hr_status settle_score(hr_err *err, hr_record *row) {
    int score = 0;
    for (int field = SC_MEALS; field <= SC_MOVING; field++) {
        if (!hr_record_has(row, field))
            return HR_OK;
        score += points[field][hr_record_number(row, field)];
    }
    if (hr_record_has(row, SC_SCORE) && hr_record_number(row, SC_SCORE) != score)
        return hr_fail(err, HR_INVALID,
                       HR_TR(err, "%s: is %d by the five activities; leave it out or correct whichever is wrong",
                             "%s：按五项应为 %d 分；请留空，或更正有误的一项"),
                       hr_field_label(err, row->form, SC_SCORE), score);
    hr_record_set_number(row, SC_SCORE, score);
    return HR_OK;
}

static hr_status settle_band(hr_err *err, hr_record *row) {
    int band = ABLE;
    if (!hr_record_has(row, SC_SCORE))
        return HR_OK;
    while (hr_record_number(row, SC_SCORE) > band_most[band])
        band++;
    if (hr_record_has(row, SC_BAND) && hr_record_number(row, SC_BAND) != band)
        return hr_fail(err, HR_INVALID,
                       HR_TR(err, "%s: is \"%s\" by the score; leave it out or correct whichever is wrong",
                             "%s：按总评分应为“%s”；请留空，或更正有误的一项"),
                       hr_field_label(err, row->form, SC_BAND), hr_code_label(err->language, &fields[SC_BAND], band));
    hr_record_set_number(row, SC_BAND, band);
    return HR_OK;
}

static hr_status complete(hr_err *err, hr_record *row) {
    hr_status status = settle_score(err, row);
    return status == HR_OK ? settle_band(err, row) : status;
}

const hr_form hr_form_self_care = {.kind = "self_care",
                                   .plural = "self_care",
                                   .en = "self-care of the elderly",
                                   .zh = "老年人生活自理能力评估表",
                                   .about = HR_ABOUT_CARE,
                                   .fields = fields,
                                   .count = SC_COUNT,
                                   .use = HR_USE_FILE,
                                   .complete = complete};
