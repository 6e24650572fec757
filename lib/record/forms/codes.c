/* Code lists that several forms use. Those of the national forms are numbered as they are printed. */
#include "record/form.h"

const hr_code hr_codes_yes_no[] = {
    {HR_YES, "true", "yes", "是", "true y 1 有"},
    {HR_NO, "false", "no", "否", "false n 0 无"},
    {-1, NULL, NULL, NULL, NULL},
};

/* Not hr_codes_yes_no: that reads 1 as yes, the paper's 1 is no. */
const hr_code hr_codes_none_yes[] = {
    {1, "1", "none", "无", "no 没有 否"},
    {2, "2", "yes", "有", "是"},
    {-1, NULL, NULL, NULL, NULL},
};

const hr_code hr_codes_outcome[] = {
    {HR_OUTCOME_NONE, "\"none\"", "none", "无效", ""},
    {HR_OUTCOME_EFFECTIVE, "\"effective\"", "effective", "有效", ""},
    {HR_OUTCOME_MARKED, "\"marked\"", "marked", "显效", ""},
    {-1, NULL, NULL, NULL, NULL},
};

/* Of the disability certificate (GB/T 26341). */
const hr_code hr_codes_disability[] = {
    {1, "1", "sight", "视力", "视力残疾"},
    {2, "2", "hearing", "听力", "听力残疾"},
    {3, "3", "speech", "言语", "言语残疾"},
    {4, "4", "limb", "肢体", "肢体残疾"},
    {5, "5", "intellect", "智力", "智力残疾"},
    {6, "6", "mental", "精神", "精神残疾"},
    {7, "7", "multiple", "多重", "多重残疾 综合残疾"},
    {-1, NULL, NULL, NULL, NULL},
};

/* How far an old person looks after himself; the health examination prints the scores beside the words. */
const hr_code hr_codes_dependence[] = {
    {1, "1", "able", "可自理", "可自理(0~3分)"},
    {2, "2", "mildly dependent", "轻度依赖", "mild 轻度依赖(4~8分)"},
    {3, "3", "moderately dependent", "中度依赖", "moderate 中度依赖(9~18分)"},
    {4, "4", "unable", "不能自理", "dependent 不能自理(≥19分)"},
    {-1, NULL, NULL, NULL, NULL},
};

/* ---- follow-ups of chronic diseases ---- */

const hr_code hr_codes_visit[] = {
    {1, "1", "clinic", "门诊", ""},
    {2, "2", "home", "家庭", "上门 入户"},
    {3, "3", "phone", "电话", "telephone"},
    {-1, NULL, NULL, NULL, NULL},
};

const hr_code hr_codes_quality[] = {
    {1, "1", "good", "良好", ""},
    {2, "2", "fair", "一般", ""},
    {3, "3", "poor", "差", "较差"},
    {-1, NULL, NULL, NULL, NULL},
};

/* How drugs are taken. */
const hr_code hr_codes_regularity[] = {
    {1, "1", "regular", "规律", ""},
    {2, "2", "interrupted", "间断", "irregular"},
    {3, "3", "not taken", "不服药", "none"},
    {-1, NULL, NULL, NULL, NULL},
};

const hr_code hr_codes_control[] = {
    {1, "1", "controlled", "控制满意", ""},
    {2, "2", "not controlled", "控制不满意", "uncontrolled"},
    {3, "3", "adverse reaction", "不良反应", ""},
    {4, "4", "complication", "并发症", ""},
    {-1, NULL, NULL, NULL, NULL},
};

/* ---- rehabilitation ---- */

const hr_code hr_codes_rehab_measure[] = {
    {1, "1", "exercise therapy", "运动疗法", "运动治疗"},
    {2, "2", "occupational therapy", "作业疗法", "作业治疗"},
    {3, "3", "speech therapy", "言语疗法", "言语治疗 言语训练"},
    {4, "4", "physical agents", "物理因子治疗", "理疗"},
    {5, "5", "Chinese medicine", "中医康复", "针灸 推拿 针灸推拿"},
    {6, "6", "psychological support", "心理疏导", "心理 心理康复"},
    {7, "7", "assistive devices", "辅助器具适配", "辅助器具 辅具"},
    {8, "8", "daily living training", "日常生活活动训练", "日常生活训练"},
    {9, "9", "rehabilitation nursing", "康复护理", "护理"},
    {10, "10", "social adaptation training", "社会适应训练", ""},
    {11, "11", "guidance of the family", "家庭康复指导", "康复指导"},
    {12, "12", "other", "其他", "其它"},
    {-1, NULL, NULL, NULL, NULL},
};

const hr_code hr_codes_rehab_place[] = {
    {1, "1", "at home", "家中", "居家 家庭 home"},
    {2, "2", "at the station", "社区卫生服务站", "站 服务站 station"},
    {3, "3", "centre or institution", "中心或康复机构", "中心 机构 康复机构 centre center institution"},
    {-1, NULL, NULL, NULL, NULL},
};
